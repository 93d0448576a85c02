/** The types of answers with arrays, out of openapi.json; `npm run types` writes arrays.d.ts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const KINDS = {
  float32: 'Float32Array',
  float64: 'Float64Array',
  int32: 'Int32Array',
  int8: 'Int8Array',
};

export function arraysText(openapi) {
  const schemas = Object.entries(openapi.components.schemas);
  const payloads = schemas.filter(([, schema]) => 'x-arrays' in schema);
  const routes = Object.entries(openapi.paths).flatMap(([path, { get }]) =>
    Object.values(get.responses['200'].content).flatMap((content) =>
      'x-payload' in content ? [`  '${path}': '${content['x-payload']}';`] : [],
    ),
  );
  return [
    '/** Written by `npm run types` from openapi.json; not to be edited. */',
    "import type { Tensor } from './safetensors';",
    '',
    '/** The arrays of each payload that has some. */',
    'export interface PayloadArrays {',
    ...payloads.map(([name, schema]) => payloadText(name, schema['x-arrays'])),
    '}',
    '',
    '/** Routes that answer with arrays, and their payloads. */',
    'export interface ArrayRoutes {',
    ...routes,
    '}',
    '',
  ].join('\n');
}

function payloadText(name, arrays) {
  const lines = Object.entries(arrays).map(([array, { dtype, axes, optional, description }]) => {
    const kind = KINDS[dtype];
    if (!kind) throw new Error(`${name}.${array} is of dtype ${dtype}, which has no type here`);
    const note = `(${axes.join(', ')})${description && `: ${description}`}`;
    return `    /** ${note} */\n    ${array}${optional ? '?' : ''}: Tensor<${kind}>;\n`;
  });
  return `  ${name}: {\n${lines.join('')}  };`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const openapi = JSON.parse(readFileSync('openapi.json', 'utf-8'));
  writeFileSync('src/lib/api/arrays.d.ts', arraysText(openapi));
}
