/** Keys that work anywhere on the page. They are function keys, so that no letter is taken from who types. */

export interface Shortcut {
  readonly key: string;
  readonly shift?: boolean;
  readonly ctrl?: boolean;
  /** Said in the help. */
  readonly does: string;
  readonly run: () => void;
}

/** Listens for the shortcuts and lists them in the help's table. */
export function installShortcuts(shortcuts: readonly Shortcut[], table: HTMLElement): void {
  // Before the editor sees the key: its own keys are others.
  document.addEventListener('keydown', (event) => onKey(event, shortcuts), { capture: true });
  for (const shortcut of shortcuts) {
    const row = table.appendChild(document.createElement('tr'));
    const key = document.createElement('kbd');
    key.textContent = textOf(shortcut);
    row.appendChild(document.createElement('th')).append(key);
    row.appendChild(document.createElement('td')).textContent = shortcut.does;
    row.cells[0]!.scope = 'row';
  }
}

function onKey(event: KeyboardEvent, shortcuts: readonly Shortcut[]): void {
  if (event.altKey || document.querySelector('dialog[open]') !== null) return;
  const isCtrl = event.ctrlKey || event.metaKey;
  const found = shortcuts.find(({ key, shift = false, ctrl = false }) => {
    return key === event.key && shift === event.shiftKey && ctrl === isCtrl;
  });
  if (found === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  found.run();
}

function textOf({ key, shift, ctrl }: Shortcut): string {
  return `${ctrl === true ? 'Ctrl+' : ''}${shift === true ? 'Shift+' : ''}${key}`;
}
