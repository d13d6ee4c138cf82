/** The version, from package.json beside the built program; read only when asked for. */
import { readFileSync } from 'node:fs';

/** The installed version, such as `0.1.0`. */
export function readVersion(): string {
  const packageFile = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(packageFile) as { version: string }).version;
}
