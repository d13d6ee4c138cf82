/** The program's clock for durations: the global `performance` would be loaded for it, 3 ms of every start. */

/** Milliseconds since some moment, which never go back. */
export function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
