/** A value that can be changed where it stands. */
import { element } from '../dom.ts';

export interface ValueFieldOptions {
  /** Names the field for those who hear the page, and across renderings. */
  readonly label: string;
  readonly key: string;
  readonly text: string;
  /** What it was at the moment before; absent when it was the same or did not exist. */
  readonly former?: string | undefined;
  readonly isReadOnly?: boolean;
  /** Takes what was typed. @throws {Error} to refuse it, with words */
  readonly set: (text: string) => void;
  readonly announce: (text: string) => void;
}

export function valueField(options: ValueFieldOptions): HTMLElement {
  const { label, key, text, former } = options;
  const isChanged = former !== undefined && former !== text;
  const field = element('input', {
    class: isChanged ? 'value changed' : 'value',
    'data-key': key,
    'aria-label': isChanged ? `${label}, was ${former}` : label,
    autocomplete: 'off',
    spellcheck: 'false',
    readonly: options.isReadOnly === true,
    title: isChanged ? `was ${former}` : undefined,
  });
  field.value = text;
  const take = () => {
    if (field.value === text) return;
    try {
      options.set(field.value);
    } catch (error) {
      field.setAttribute('aria-invalid', 'true');
      options.announce(error instanceof Error ? error.message : String(error));
    }
  };
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') take();
    else if (event.key === 'Escape') {
      field.value = text;
      field.removeAttribute('aria-invalid');
    }
  });
  field.addEventListener('change', take);
  return field;
}
