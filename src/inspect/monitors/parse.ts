/** Reads what a user asks of a monitor: `NAME[:key=value,…]`. */
import { UsageError } from '../../syntax/index.ts';
import { type MonitorFormat, type MonitorKind, MonitorOptions } from './monitor.ts';
import { monitorKinds } from './table.ts';

export interface MonitorRequest {
  readonly kind: MonitorKind;
  readonly options: MonitorOptions;
  readonly format: MonitorFormat;
  /** Where to write; absent: to standard error, or what the embedder has. */
  readonly out: string | undefined;
}

/** @throws {UsageError} that names what there is instead */
export function parseMonitor(text: string): MonitorRequest {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const kind = monitorKinds.find((each) => each.name === name);
  if (kind === undefined) {
    throw new UsageError(
      `there is no monitor '${name}'; there are ${monitorKinds.map((each) => each.name).join(', ')}`,
    );
  }
  const given = colon < 0 ? [] : text.slice(colon + 1).split(',');
  const values = new Map<string, unknown>(kind.options.map(({ key, fallback }) => [key, fallback]));
  let format: MonitorFormat = kind.formats[0];
  let out: string | undefined;
  for (const part of given) {
    const equals = part.indexOf('=');
    const key = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? '' : part.slice(equals + 1);
    if (key === 'out') out = value;
    else if (key === 'format') format = formatOf(kind, value);
    else values.set(key, optionOf(kind, key).parse(value));
  }
  if (out === '') throw new UsageError(`monitor '${name}': write out=FILE`);
  if (format.needsFile && out === undefined) {
    throw new UsageError(`monitor '${name}': format ${format.name} needs out=FILE`);
  }
  return { kind, options: new MonitorOptions(values), format, out };
}

function formatOf({ name, formats }: MonitorKind, text: string): MonitorFormat {
  const format = formats.find((each) => each.name === text);
  if (format !== undefined) return format;
  throw new UsageError(
    `monitor '${name}' has no format '${text}'; it has ${formats.map((each) => each.name).join(', ')}`,
  );
}

function optionOf({ name, options }: MonitorKind, key: string) {
  const option = options.find((each) => each.key === key);
  if (option !== undefined) return option;
  const known = [...options.map((each) => each.key), 'format', 'out'];
  throw new UsageError(`monitor '${name}' has no option '${key}'; it has ${known.join(', ')}`);
}
