/** Starts the page: what is shown first, and which control does what. */
import { byId, element } from './dom.ts';
import { examples } from './examples.ts';
import { Page } from './page.ts';
import { decodeShare, encodeShare, ShareError } from './share.ts';
import { installShortcuts } from './shortcuts.ts';

const page = new Page();
const exampleChoice = byId('examples', HTMLSelectElement);

/** Files larger than this are refused: the page would have to print them. */
const MAX_FILE_BYTES = 32 * 2 ** 20;
/** Reading a file of this size takes so long that it is said. */
const LARGE_FILE_BYTES = 200_000;
/** Links longer than this are refused by some programs that pass them on. */
const LONG_LINK = 8000;

function onClick(id: string, action: () => unknown): void {
  byId(id, HTMLButtonElement).addEventListener('click', () => void action());
}

function openExample(id: string): void {
  const example = examples.find((each) => each.id === id) ?? examples[0]!;
  exampleChoice.value = example.id;
  page.openText(example.source, { args: example.args, stdin: '' });
}

async function openFile(file: File): Promise<void> {
  if (file.size > MAX_FILE_BYTES) {
    page.announce(`${file.name} is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB.`);
    return;
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes.length > LARGE_FILE_BYTES) {
    page.announce(`Opening ${file.name} …`);
    await painted();
  }
  exampleChoice.selectedIndex = -1;
  const isBinary = bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
  if (isBinary || file.name.endsWith('.wasm')) page.openBytes(bytes, file.name);
  else page.openText(new TextDecoder().decode(bytes));
}

/** Resolves when the browser has shown what the page says. */
function painted(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

/** The fragment that the page itself has set: a change to it is no news. */
let ownFragment = '';
let isStarted = false;

async function openFragment(): Promise<boolean> {
  const { hash } = location;
  if (hash === '' || hash === '#' || hash === ownFragment) return false;
  const example = /^#example=(\w+)$/.exec(hash)?.[1];
  if (example !== undefined) {
    openExample(example);
    return true;
  }
  try {
    const shared = await decodeShare(hash);
    exampleChoice.selectedIndex = -1;
    await page.openShared(shared);
    return true;
  } catch (error) {
    if (!(error instanceof ShareError)) throw error;
    openExample('factorial');
    page.announce(`The link could not be opened: ${error.message}.`);
    return true;
  }
}

async function share(): Promise<void> {
  const fragment = `#${await encodeShare(page.shared)}`;
  ownFragment = fragment;
  history.replaceState(null, '', fragment);
  const length = location.href.length;
  const note = length > LONG_LINK ? ` It is ${length} characters long; some programs cut that.` : '';
  try {
    await navigator.clipboard.writeText(location.href);
    page.announce(`The link is copied.${note}`);
  } catch {
    page.announce(`The link is in the address bar.${note}`);
  }
}

function download(): void {
  const bytes = page.moduleBytes;
  if (bytes === undefined) {
    page.announce('There is no module to save yet.');
    return;
  }
  const url = URL.createObjectURL(new Blob([bytes as BlobPart], { type: 'application/wasm' }));
  element('a', { href: url, download: 'module.wasm' }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function acceptDrops(): void {
  const veil = byId('drop', HTMLElement);
  let depth = 0;
  document.addEventListener('dragenter', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    depth++;
    veil.hidden = false;
  });
  document.addEventListener('dragleave', () => {
    depth = Math.max(0, depth - 1);
    veil.hidden = depth === 0;
  });
  document.addEventListener('dragover', (event) => event.preventDefault());
  // Before the editor, which would insert the file's text.
  document.addEventListener(
    'drop',
    (event) => {
      depth = 0;
      veil.hidden = true;
      const [file] = event.dataTransfer?.files ?? [];
      if (file === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      void openFile(file);
    },
    { capture: true },
  );
}

function wire(): void {
  exampleChoice.append(...examples.map(({ id, title }) => element('option', { value: id }, title)));
  exampleChoice.addEventListener('change', () => openExample(exampleChoice.value));
  const file = byId('file', HTMLInputElement);
  onClick('open', () => file.click());
  file.addEventListener('change', () => {
    const [chosen] = file.files ?? [];
    file.value = '';
    if (chosen !== undefined) void openFile(chosen);
  });
  onClick('share', share);
  onClick('download', download);
  onClick('step', page.step);
  onClick('over', page.stepOver);
  onClick('out', page.stepOut);
  onClick('back', page.stepBack);
  onClick('over-back', page.stepBackOver);
  onClick('run-back', page.runBack);
  onClick('restart', page.restart);
  onClick('run', page.runOrPause);
  const help = byId('help', HTMLDialogElement);
  onClick('help-open', () => help.showModal());
  installShortcuts(
    [
      { key: 'F8', does: 'Run to a breakpoint or the end; pause', run: page.runOrPause },
      { key: 'F11', does: 'Step one instruction, into calls', run: page.step },
      { key: 'F10', does: 'Step over calls', run: page.stepOver },
      { key: 'F11', shift: true, does: 'Step out of the function', run: page.stepOut },
      { key: 'F11', ctrl: true, does: 'Step back one instruction', run: page.stepBack },
      { key: 'F10', ctrl: true, does: 'Step back over calls', run: page.stepBackOver },
      { key: 'F8', ctrl: true, does: 'Run back to a breakpoint or the beginning', run: page.runBack },
      { key: 'F8', shift: true, does: 'Restart', run: page.restart },
      { key: 'F9', does: 'Set or clear a breakpoint at the cursor', run: page.toggleBreakpoint },
      { key: 'F1', does: 'This help', run: () => help.showModal() },
    ],
    byId('keys', HTMLElement),
  );
  acceptDrops();
  window.addEventListener('hashchange', () => void showAddress());
}

async function start(): Promise<void> {
  wire();
  await showAddress();
}

/** Shows what the address says, and marks the document when it is shown. */
async function showAddress(): Promise<void> {
  if (!(await openFragment()) && !isStarted) openExample('factorial');
  isStarted = true;
  document.documentElement.dataset.ready = location.hash;
}

void start();
