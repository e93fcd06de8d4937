// Compares what the module makes of URLs with what Node makes of them: url.mjs PROGRAM [COUNT [SEED]], the
// program being url_lines. Fails, and says of which pairs of input and base, on every difference that
// url_known_differences.mjs does not explain, and on those of its entries that explain nothing any more.
import {spawnSync} from 'node:child_process';

import {differencesOf, parse} from './url_known_differences.mjs';
import {makePairs} from './url_pairs.mjs';

const MOST_SHOWN = 20;

function parseWith(program, pairs) {
  const input = pairs.map(pair => JSON.stringify(pair) + '\n').join('');
  const {status, error, stdout, stderr} = spawnSync(program, {input, encoding: 'utf8', maxBuffer: 2 ** 30});
  if (error || status !== 0) throw new Error(`${program} failed: ${error ?? stderr}`);
  const lines = stdout.split('\n').slice(0, -1);
  if (lines.length !== pairs.length) throw new Error(`${lines.length} lines for ${pairs.length} pairs`);
  return lines.map(line => (line === 'failure' ? null : JSON.parse(line)));
}

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// The differences that lead from Node's answer to ours, none if they do not.
function explain(pair, theirs, ours, differences) {
  const applied = [];
  let corrected = theirs;
  for (const difference of differences) {
    const next = difference.correct(pair, corrected);
    if (!isSame(next, corrected)) applied.push(difference);
    corrected = next;
  }
  return isSame(corrected, ours) ? applied : [];
}

function compare(pairs, answers) {
  const differences = differencesOf(process.versions.ada ?? '0.0.0');
  const occurred = new Map(differences.map(difference => [difference, 0]));
  const unexplained = [];
  pairs.forEach((pair, index) => {
    const theirs = parse(pair);
    const ours = answers[index];
    if (isSame(theirs, ours)) return;
    const applied = explain(pair, theirs, ours, differences);
    if (applied.length === 0) unexplained.push({pair, theirs, ours});
    for (const difference of applied) occurred.set(difference, occurred.get(difference) + 1);
  });
  return {occurred, unexplained};
}

function report(pairs, answers, {occurred, unexplained}) {
  console.log(`${pairs.length} pairs, ${answers.filter(answer => answer).length} of them URLs; Node ` +
    `${process.versions.node}, whose parser is ${process.versions.ada}`);
  for (const [{name, clause}, count] of occurred) {
    console.log(count > 0 ? `${count} known differences: ${name}` : `NO LONGER A DIFFERENCE: ${name} (${clause})`);
  }
  for (const {pair, theirs, ours} of unexplained.slice(0, MOST_SHOWN)) {
    console.log(`DIFFERENCE for ${JSON.stringify(pair)}\n  Node: ${JSON.stringify(theirs)}\n  ours: ${JSON.stringify(ours)}`);
  }
  console.log(`${unexplained.length} unexplained differences`);
}

const [program, count = '8000', seed = '1'] = process.argv.slice(2);
if (!program) throw new Error('usage: url.mjs PROGRAM [COUNT [SEED]]');
const pairs = makePairs(Number(count), Number(seed));
const answers = parseWith(program, pairs);
const result = compare(pairs, answers);
report(pairs, answers, result);
process.exitCode = result.unexplained.length > 0 || [...result.occurred.values()].includes(0) ? 1 : 0;
