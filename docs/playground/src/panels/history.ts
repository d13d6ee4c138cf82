/** The run over its instruction counts: a chart, and a slider that goes to any moment of it. */
import uPlot from 'uplot';
import { byId, setAttribute, setText } from '../dom.ts';
import type { Sample } from '../samples.ts';

export interface HistoryEvents {
  /** The user wants to see a moment. While the slider moves there are many; only the last one matters. */
  readonly onGoTo: (instructionCount: number) => void;
}

const CHART_HEIGHT = 96;
/** Depths and pages are counts: their axes step by whole numbers. */
const steps = [1, 2, 5]
  .flatMap((n) => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((power) => n * 10 ** power))
  .sort((a, b) => a - b);

export class HistoryPanel {
  private readonly chartBox = byId('chart', HTMLElement);
  private readonly scrubber = byId('scrubber', HTMLInputElement);
  private readonly moment = byId('moment', HTMLInputElement);
  private readonly note = byId('history-note', HTMLElement);
  private readonly events: HistoryEvents;
  private chart: uPlot | undefined;
  private samples: readonly Sample[] = [];
  private samplesKey = '';
  private hadMemory = false;
  private now = 0;

  constructor(events: HistoryEvents) {
    this.events = events;
    this.scrubber.addEventListener('input', () => events.onGoTo(Number(this.scrubber.value)));
    this.moment.addEventListener('change', () => {
      const count = Number(this.moment.value.replaceAll(/[_,\s]/g, ''));
      if (Number.isSafeInteger(count) && count >= 0) events.onGoTo(count);
      else this.moment.value = String(this.now);
    });
    new ResizeObserver(() => this.fit()).observe(this.chartBox);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.rebuild());
  }

  /**
   * @param end the furthest moment that was reached
   * @param isEnded whether the guest has ended there
   */
  render(samples: readonly Sample[], now: number, end: number, isEnded: boolean): void {
    this.now = now;
    this.samples = samples;
    this.scrubber.max = String(end);
    this.scrubber.value = String(now);
    this.scrubber.disabled = end === 0;
    setAttribute(this.scrubber, 'aria-valuetext', `${now} of ${end} instructions`);
    if (document.activeElement !== this.moment) this.moment.value = String(now);
    setText(this.note, end === 0 ? '' : `of ${end.toLocaleString('en')}${isEnded ? ', the end' : ' so far'}`);
    const deepest = samples.reduce((most, { depth }) => Math.max(most, depth), 0);
    const summary = `Depth of the call stack over ${end} instructions, ${deepest} at most; now at ${now}`;
    setAttribute(this.chartBox, 'aria-label', end === 0 ? 'No history yet' : summary);
    const last = samples.at(-1);
    const key = `${samples.length} ${samples[0]?.instructionCount} ${last?.instructionCount} ${last?.depth}`;
    if (this.chart === undefined || this.hadMemory !== this.hasMemory) this.rebuild();
    else if (key !== this.samplesKey) this.chart.setData(this.data());
    else this.chart.redraw(false, false);
    this.samplesKey = key;
  }

  private get hasMemory(): boolean {
    return this.samples.some(({ memoryBytes }) => memoryBytes > 0);
  }

  private data(): uPlot.AlignedData {
    return [
      this.samples.map(({ instructionCount }) => instructionCount),
      this.samples.map(({ depth }) => depth),
      this.samples.map(({ memoryBytes }) => memoryBytes / 65536),
    ];
  }

  private fit(): void {
    const { clientWidth } = this.chartBox;
    if (clientWidth > 20) this.chart?.setSize({ width: clientWidth - 12, height: CHART_HEIGHT });
  }

  private rebuild(): void {
    this.chart?.destroy();
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const font = `11px ${colour('--sans')}`;
    const axis: uPlot.Axis = {
      stroke: colour('--quiet'),
      font,
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line'), width: 1 },
    };
    const { hasMemory } = this;
    this.hadMemory = hasMemory;
    this.chart = new uPlot(
      {
        width: Math.max(200, this.chartBox.clientWidth - 12),
        height: CHART_HEIGHT,
        legend: { show: false },
        cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { show: false } },
        scales: {
          x: { time: false },
          depth: { range: (_, _min, max) => [0, Math.max(2, max + 1)] },
          pages: { range: (_, _min, max) => [0, Math.max(2, max * 1.15)] },
        },
        axes: [
          { ...axis, size: 24, gap: 2, space: 90, incrs: steps },
          {
            ...axis,
            scale: 'depth',
            size: 44,
            label: 'call depth',
            labelSize: 16,
            labelFont: font,
            space: 16,
            incrs: steps,
          },
          {
            ...axis,
            show: hasMemory,
            space: 16,
            incrs: steps,
            scale: 'pages',
            side: 1,
            size: 44,
            label: 'pages',
            labelSize: 16,
            labelFont: font,
            grid: { show: false },
          },
        ],
        series: [
          {},
          {
            label: 'call depth',
            scale: 'depth',
            stroke: colour('--accent'),
            fill: `color-mix(in srgb, ${colour('--accent')} 16%, transparent)`,
            width: 1.5,
            paths: uPlot.paths.stepped!({ align: 1 }),
            points: { show: false },
          },
          {
            label: 'pages of memory',
            scale: 'pages',
            show: hasMemory,
            stroke: colour('--next-line'),
            width: 1.5,
            dash: [5, 4],
            paths: uPlot.paths.stepped!({ align: 1 }),
            points: { show: false },
          },
        ],
        hooks: { draw: [(chart) => this.drawNow(chart, colour('--text'))] },
      },
      this.data(),
      this.chartBox,
    );
    this.chart.over.addEventListener('click', (event) => {
      const count = Math.round(this.chart!.posToVal(event.offsetX, 'x'));
      this.events.onGoTo(Math.max(0, Math.min(Number(this.scrubber.max), count)));
    });
  }

  /** A line at the moment that is shown. */
  private drawNow(chart: uPlot, colour: string): void {
    if (this.samples.length === 0) return;
    const { ctx, bbox } = chart;
    const x = Math.round(chart.valToPos(this.now, 'x', true));
    if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) return;
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2;
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}
