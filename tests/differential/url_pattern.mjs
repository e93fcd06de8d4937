// Compares what the module makes of URL patterns with what the package urlpattern-polyfill makes of them.
// Arguments: the program url_pattern_lines, and the directory that the package is installed in.
import {spawnSync} from 'node:child_process';
import {createRequire} from 'node:module';
import {resolve} from 'node:path';
import {runInThisContext} from 'node:vm';

import {KNOWN_DIFFERENCES} from './url_pattern_known_differences.mjs';
import {makeTriples} from './url_pattern_triples.mjs';

const SEED = 20261127;
const COUNT = 9000;
const MOST_SHOWN = 20;
const PATIENCE = 200;  // milliseconds

const [, , program, packages] = process.argv;
const {URLPattern} = createRequire(resolve(packages, 'package.json'))('urlpattern-polyfill');

// What parses without the base is taken without it.
function compile(pattern, base) {
  try {
    return new URLPattern(pattern);
  } catch {
    return new URLPattern(pattern, base);
  }
}

function read(topic, base) {
  try {
    return new URL(topic);
  } catch {
    return new URL(topic, base);
  }
}

// V8 takes an exponential time for some patterns, and is interrupted.
function test(pattern, url) {
  globalThis.testNow = () => pattern.test(url);
  return runInThisContext('testNow()', {timeout: PATIENCE});
}

function orNone(make) {
  try {
    return make();
  } catch {
    return undefined;
  }
}

// What the polyfill says, with the pattern and the URL that it says it of.
function judge([pattern, base, topic]) {
  const compiled = orNone(() => compile(pattern, base));
  const url = orNone(() => read(topic, base));
  if (!compiled) return {polyfill: 'refused', url};
  return {polyfill: url && test(compiled, url.href) ? 'match' : 'no match', compiled, url};
}

function judgeByModule(triples) {
  const input = triples.map(triple => JSON.stringify(triple) + '\n').join('');
  const run = spawnSync(program, {input, encoding: 'utf8', maxBuffer: 1 << 26});
  if (run.status !== 0) throw new Error(`${program} failed: ${run.error ?? run.stderr}`);
  return run.stdout.trimEnd().split('\n');
}

const triples = [...KNOWN_DIFFERENCES.map(known => known.example), ...makeTriples(SEED, COUNT)];
const ours = judgeByModule(triples);
if (ours.length !== triples.length) throw new Error(`${ours.length} answers to ${triples.length} triples`);

const count = {match: 0, 'no match': 0, refused: 0};
let tooSlow = 0;
const occurred = new Set();
const unknown = [];
triples.forEach((triple, index) => {
  const module = ours[index];
  ++count[module];
  const judged = orNone(() => judge(triple));
  if (!judged) {
    ++tooSlow;
  } else if (module !== judged.polyfill) {
    const difference = {pattern: triple[0], module, ...judged};
    const known = KNOWN_DIFFERENCES.filter(each => each.explains(difference));
    if (known.length === 0) unknown.push({triple, module, polyfill: judged.polyfill});
    if (known.includes(KNOWN_DIFFERENCES[index])) occurred.add(KNOWN_DIFFERENCES[index]);
  }
});

console.log(triples.length, 'triples:', count, 'too slow for V8:', tooSlow);
unknown.slice(0, MOST_SHOWN).forEach(difference => console.log(JSON.stringify(difference)));
if (unknown.length > 0) console.log(unknown.length, 'differences that are not known');
const gone = KNOWN_DIFFERENCES.filter(difference => !occurred.has(difference));
gone.forEach(difference => console.log('a known difference that no longer occurs:', difference.clause));
process.exitCode = unknown.length > 0 || gone.length > 0 ? 1 : 0;
