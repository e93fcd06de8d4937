// Compares what the module makes of URL patterns with what the package urlpattern-polyfill makes of them, once
// it does what today's standard says. Arguments: the program url_pattern_lines, and the directory that the
// package is installed in.
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {compileFunction, runInThisContext} from 'node:vm';

import {differencesOf, parse, PARTS} from './url_known_differences.mjs';
import {KNOWN_DIFFERENCES} from './url_pattern_known_differences.mjs';
import {makeTriples} from './url_pattern_triples.mjs';

const SEED = 20261127;
const COUNT = 9000;
const MOST_SHOWN = 20;
const MOST_TOO_SLOW = 20;
const PATIENCE = 200;  // milliseconds

const urlDifferences = differencesOf(process.versions.ada ?? '0.0.0');

const [, , program, packages] = process.argv;
const source = readFileSync(resolve(packages, 'node_modules/urlpattern-polyfill/dist/urlpattern.cjs'), 'utf8');

// The polyfill's class with the corrections of some known differences. Minified as the functions are, each still
// gets its name, as in a(q,"flags"): there a correction takes its place.
function load(differences) {
  const correct = (name, original) =>
    differences.reduce((previous, {corrections}) => corrections[name]?.(previous) ?? previous, original);
  const module = {};
  const body = source.replace(/\ba\((\w+),"(\w+)"\)/g, '$1=correct("$2",$1)');
  compileFunction(body, ['module', 'correct'])(module, correct);
  return module.exports.URLPattern;
}

// A pattern that parses without the base is taken without it.
function compile(URLPattern, pattern, base) {
  try {
    return new URLPattern(pattern);
  } catch {
    return new URLPattern(pattern, base);
  }
}

// The URL's parts, as today's URL standard has them.
function parseUrl(pair) {
  return urlDifferences.reduce((parts, difference) => difference.correct(pair, parts), parse(pair));
}

// A topic's URL by its components.
function read(topic, base) {
  const parts = parseUrl([topic, null]) ?? parseUrl([topic, base]);
  if (!parts) return undefined;
  const url = Object.fromEntries(PARTS.map((name, index) => [name, parts[index]]));
  return {...url, protocol: url.protocol.slice(0, -1), search: url.search.slice(1), hash: url.hash.slice(1)};
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

function judge(URLPattern, [pattern, base, topic]) {
  const compiled = orNone(() => compile(URLPattern, pattern, base));
  if (!compiled) return 'refused';
  const url = read(topic, base);
  if (!url) return 'no match';
  const isMatch = orNone(() => test(compiled, url));
  if (isMatch === undefined) return 'too slow';
  return isMatch ? 'match' : 'no match';
}

function judgeByModule(triples) {
  const input = triples.map(triple => JSON.stringify(triple) + '\n').join('');
  const run = spawnSync(program, {input, encoding: 'utf8', maxBuffer: 1 << 26});
  if (run.status !== 0) throw new Error(`${program} failed: ${run.error ?? run.stderr}`);
  return run.stdout.trimEnd().split('\n');
}

// The polyfill as it is, then with one correction more each time, up to the standard.
const stages = [load([]), ...KNOWN_DIFFERENCES.map((_, index) => load(KNOWN_DIFFERENCES.slice(0, index + 1)))];

// The known differences that change what the polyfill says of a triple.
function explain(triple) {
  const verdicts = stages.map(stage => judge(stage, triple));
  return KNOWN_DIFFERENCES.filter((_, index) => verdicts[index] !== verdicts[index + 1]);
}

const triples = [...KNOWN_DIFFERENCES.flatMap(known => known.examples), ...makeTriples(SEED, COUNT)];
const ours = judgeByModule(triples);
if (ours.length !== triples.length) throw new Error(`${ours.length} answers to ${triples.length} triples`);

const count = {match: 0, 'no match': 0, refused: 0};
let tooSlow = 0;
const explained = new Map(KNOWN_DIFFERENCES.map(known => [known, new Set()]));
const unknown = [];
triples.forEach((triple, index) => {
  const module = ours[index];
  ++count[module];
  const [polyfill, standard] = [stages[0], stages.at(-1)].map(stage => judge(stage, triple));
  if (standard === 'too slow') {
    ++tooSlow;
  } else {
    if (module !== standard) unknown.push({triple, module, standard, polyfill});
    if (polyfill !== standard) explain(triple).forEach(known => explained.get(known).add(triple));
  }
});

console.log(triples.length, 'triples:', count, `too slow for V8: ${tooSlow}, of at most ${MOST_TOO_SLOW}`);
unknown.slice(0, MOST_SHOWN).forEach(difference => console.log(JSON.stringify(difference)));
if (unknown.length > 0) console.log(unknown.length, 'differences from the standard');
for (const [{clause, most}, {size}] of explained) {
  console.log(`${size} known differences, of at most ${most}: ${clause}`);
}
const gone = KNOWN_DIFFERENCES.flatMap(known => known.examples.filter(each => !explained.get(known).has(each)));
gone.forEach(example => console.log('an example of a known difference that is none:', JSON.stringify(example)));
const isTooMuch = tooSlow > MOST_TOO_SLOW || [...explained].some(([{most}, {size}]) => size > most);
process.exitCode = unknown.length > 0 || gone.length > 0 || isTooMuch ? 1 : 0;
