/** The few statistics that the benchmark reports. */
import { markdownTable } from '../scripts/markdown-table.mjs';

/** @typedef {{ median: number, spread: number }} Estimate */

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/**
 * Half of the distance between the quartiles, as a part of the median: how far a usual round lies off.
 *
 * @param {readonly number[]} values
 */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (/** @type {number} */ part) => sorted[Math.round((sorted.length - 1) * part)] ?? Number.NaN;
  const middle = median(values);
  return middle === 0 ? 0 : (at(0.75) - at(0.25)) / 2 / middle;
}

/**
 * @param {readonly number[]} values
 * @returns {Estimate}
 */
export function estimate(values) {
  return { median: median(values), spread: spread(values) };
}

/**
 * One series by another, round by round: both of a round ran right after each other, so what slowed the machine for
 * both is not in the ratio. Without as many rounds on both sides, the ratio of the medians.
 *
 * @param {readonly number[]} own
 * @param {readonly number[]} other
 * @returns {Estimate}
 */
export function ratioOf(own, other) {
  if (own.length !== other.length) return { median: median(own) / median(other), spread: spread(own) + spread(other) };
  return estimate(own.map((value, round) => value / (other[round] ?? Number.NaN)));
}

/**
 * The geometric mean of ratios. Its spread is theirs as if they were independent.
 *
 * @param {readonly Estimate[]} estimates
 * @returns {Estimate}
 */
export function meanEstimate(estimates) {
  const squares = estimates.reduce((sum, { spread: part }) => sum + part * part, 0);
  return {
    median: geometricMean(estimates.map((one) => one.median)),
    spread: estimates.length === 0 ? 0 : Math.sqrt(squares) / estimates.length,
  };
}

/** @param {readonly number[]} values */
export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/**
 * Lines up columns: the first to the left, numbers to the right.
 *
 * @param {readonly (readonly string[])[]} rows
 */
export function tableText(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const cell = (/** @type {string} */ text, /** @type {number} */ column) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

/**
 * The same as a table of Markdown.
 *
 * @param {readonly (readonly string[])[]} rows
 */
export function tableMarkdown(rows) {
  return markdownTable(rows, (column) => column > 0);
}

/** A ratio for people: two digits that count, and its spread when there is one to speak of. */
export function ratioText(/** @type {Estimate | undefined} */ ratio) {
  if (ratio === undefined || Number.isNaN(ratio.median)) return '';
  const { median: value, spread: part } = ratio;
  const digits = value >= 9.95 ? value.toFixed(0) : value.toFixed(value >= 0.995 ? 1 : 2);
  return `${value >= 0.995 && value < 1.995 ? value.toFixed(2) : digits} ±${(part * 100).toFixed(0)}%`;
}

/** @param {Estimate | undefined} ms */
export function msText(ms) {
  if (ms === undefined) return '';
  return `${ms.median.toFixed(ms.median < 10 ? 2 : 0)} ms ±${(ms.spread * 100).toFixed(0)}%`;
}
