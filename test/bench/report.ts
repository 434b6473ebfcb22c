import { cpus, totalmem } from 'node:os';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { version } from '../../server/config.js';
import { findProgram } from '../helpers/packages.mjs';
import { formatNumber, isReached, median, ratiosOf, ROUNDS, type Row, type Series } from './measure.js';

/** What a run was made with. */
export interface Machine {
  date: string;
  processor: string;
  cores: number;
  memoryGb: number;
  versions: Record<string, string>;
}

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    versions: {
      Hookwatch: version,
      Node: process.versions.node,
      got: versionOf('got'),
      'better-sqlite3': versionOf('better-sqlite3'),
      BullMQ: versionOf('bullmq'),
      MariaDB: programVersion('mariadbd'),
      Redis: programVersion('redis-server'),
    },
  };
}

function versionOf(name: string): string {
  const file = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function programVersion(name: 'mariadbd' | 'redis-server'): string {
  const path = findProgram(name);
  const text = path === undefined ? '' : execFileSync(path, ['--version'], { encoding: 'utf8' });
  return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? 'missing';
}

/** The result as a table in Markdown, with what it was made with. */
export function toMarkdown(rows: readonly Row[], machine: Machine): string {
  const lines = rows.map((row) => {
    const cells = [row.what, spread(row.measured.values, row.measured.unit), comparison(row)];
    return `| ${[...cells, ratio(row), targetOf(row), verdict(row)].join(' | ')} |`;
  });
  const versions = Object.entries(machine.versions).map(([name, value]) => `${name} ${value}`);
  return [
    `${machine.date}, ${machine.cores} cores (${machine.processor}), ${machine.memoryGb} GB, ${versions.join(', ')}.`,
    '',
    `| what | measured: median of ${ROUNDS} runs (min–max) | compared with | ratio | target | |`,
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

/** The result for tools. */
export function toJson(rows: readonly Row[], machine: Machine): string {
  const described = rows.map((row) => ({ ...row, ratios: ratiosOf(row), reached: isReached(row) }));
  return JSON.stringify({ machine, rows: described }, null, 2);
}

const spread = (values: readonly number[], unit: string): string => {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(formatNumber);
  return `**${formatNumber(median(values))}** ${unit} (${low}–${high})`;
};

const comparison = ({ against }: Row): string => (against ? `${against.program}: ${short(against)}` : '');

const short = ({ values, unit }: Series): string => `${formatNumber(median(values))} ${unit}`;

function ratio(row: Row): string {
  const ratios = ratiosOf(row);
  if (ratios.length === 0) return '';
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)].map((value) => value.toFixed(2));
  return `**${median(ratios).toFixed(2)} ×** (${low}–${high})`;
}

function targetOf({ target, measured }: Row): string {
  if (!target) return '';
  const unit = target.kind === 'ratio' ? '×' : measured.unit;
  return `${target.bound === 'at least' ? '≥' : '≤'} ${target.limit.toLocaleString('en')} ${unit}`;
}

function verdict(row: Row): string {
  const reached = isReached(row);
  if (reached === null) return '';
  return reached ? 'reached' : '**missed**';
}
