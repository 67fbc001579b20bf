// Serves a folder on this machine alone: npm run serve -- [FOLDER] [PORT]. Any other server of files will do; with these two headers the
// networks run on several threads.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';

const root = path.resolve(process.argv[2] ?? 'dist');
const types = {
  '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm',
};

const server = createServer(async (request, response) => {
  try {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = path.join(root, decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname));
    const isInside = file.startsWith(root + path.sep), information = isInside ? await stat(file) : null;
    if (!information?.isFile()) {
      throw new Error('Not a file.');
    }

    response.writeHead(200, {
      'Content-Type': types[path.extname(file)] ?? 'application/octet-stream',
      'Content-Length': information.size,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'X-Content-Type-Options': 'nosniff',
    });
    createReadStream(file).on('error', () => response.destroy()).pipe(response);
  } catch {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There is no such file.');
  }
});

server.on('error', error => {
  console.error(error.message);
  process.exitCode = 2;
});
server.listen(Number(process.argv[3] ?? 8080), '127.0.0.1', () => console.log(`http://localhost:${server.address().port}/`));
