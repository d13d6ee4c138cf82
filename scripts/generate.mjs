/** `npm run gen`: runs every `scripts/gen-*.mjs`. Each writes files of ours and takes `--check` to compare only. */
import { capture, listFiles, say } from './project.mjs';
import { ensureInstalled } from './ready.mjs';

await ensureInstalled();
for (const path of listFiles('scripts', (name) => /\/gen-[^/]+\.mjs$/.test(name))) {
  const { code, stdout, stderr } = await capture(process.execPath, [path]);
  if (code !== 0) {
    say(`${path} failed: ${stdout}${stderr}`);
    process.exit(1);
  }
  say(`${path}: done`);
}
