// Serves a folder on this machine alone: npm run serve -- [FOLDER] [PORT]. Any other server of files will do; with these two headers the
// networks run on several threads.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream';

const [folder = 'dist', port = '8080'] = process.argv.slice(2);
const root = path.resolve(folder);
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

    // Closes the file where whoever asked goes away, and the answer where the file cannot be read.
    pipeline(createReadStream(file), response, () => {});
  } catch {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There is no such file.');
  }
});

async function main() {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw new Error(`'${port}' is no port. Give one from 0 to 65535: npm run serve -- FOLDER PORT.`);
  }

  const information = await stat(root).catch(() => null);
  if (!information?.isDirectory()) {
    throw new Error(`There is no folder ${root}. Build the page first: npm run build -- --model model.onnx.`);
  }

  await new Promise((resolve, reject) => server.on('error', reject).listen(Number(port), '127.0.0.1', resolve));
  console.log(`http://localhost:${server.address().port}/`);
}

await main().catch(error => {
  console.error(error.code === 'EADDRINUSE' ? `The port ${port} is taken. Give another: npm run serve -- FOLDER PORT.` : error.message);
  process.exitCode = 2;
});
