// The film of tests/integration/film.py from a real browser, and what a file shows of it: both sides of one implementation.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const TOOL = join(import.meta.dirname, '../../integration/film.py');
async function ask(...args) {
  const { stdout } = await promisify(execFile)('python3', ['-B', TOOL, ...args.map(String)], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
}
const SOURCE = readFileSync(join(import.meta.dirname, 'film.js'), 'utf8');

/** The one tile of a room in a composed picture of 16:9: 16 pixels beside it at 720 lines. */
export const TILE = [0.0125, 0.0125, 0.975, 0.975];

/** `window.film` plays in the person's page. */
export async function playFilm(person) {
  await person.page.addScriptTag({ content: SOURCE });
  await person.run((layout) => void (window.film = new Film(layout)), await ask('layout'));
}

/** {duration, complaints, pictures, readable, jumps, flashes: [{at, second of the film, offset: ms from beep to flash}]}. */
export function readFilm(path, tile = []) {
  return ask(path, ...tile);
}
