/**
 * Serves the project's folder with the headers that isolate a page, so that it has shared memory:
 *
 *     node examples/threads-in-a-page/serve.mjs
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = '/examples/threads-in-a-page/index.html';
/** @type {Readonly<Record<string, string>>} */
const types = { '.html': 'text/html', '.js': 'text/javascript', '.wat': 'text/plain' };
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * The path below the project's folder; none for what is no address.
 *
 * @param {string} url
 */
function pathOf(url) {
  try {
    return normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname));
  } catch {
    return '';
  }
}

/**
 * @param {number} port 0: any that is free
 * @returns {Promise<{ url: string, close(): void }>} the page's address; `close` ends the server
 */
export async function serve(port) {
  const server = createServer(async ({ url = '/' }, response) => {
    const path = pathOf(url);
    const type = types[extname(path)];
    const bytes = type === undefined ? undefined : await readFile(join(root, path)).catch(() => undefined);
    response.writeHead(bytes === undefined ? 404 : 200, { 'Content-Type': type ?? 'text/plain', ...isolation });
    response.end(bytes);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${address.port}${page}`, close };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(`open ${(await serve(8080)).url}`);
