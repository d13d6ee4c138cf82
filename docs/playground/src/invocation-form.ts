/** Which exported function is called, and with what: a select and a field for each parameter. */
import type { Module } from '../../../src/index.ts';
import { type FuncType, indexSpaces, valTypeText } from '../../../src/syntax/index.ts';
import { byId, element } from './dom.ts';
import type { Invocation } from './machine.ts';

/** Chosen when nothing else is, in this order. */
const usualNames = ['_start', 'main', '_initialize'];

export class InvocationForm {
  private readonly choice = byId('function', HTMLSelectElement);
  private readonly argumentBox = byId('arguments', HTMLElement);
  private readonly stdin = byId('stdin', HTMLInputElement);
  private readonly onChange: () => void;
  private fields: HTMLInputElement[] = [];
  private types: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(onChange: () => void) {
    this.onChange = onChange;
    this.choice.addEventListener('change', () => {
      this.showFields([]);
      onChange();
    });
    this.stdin.addEventListener('input', onChange);
  }

  /** Undefined when the module exports no function. */
  get invocation(): Invocation | undefined {
    if (!this.types.has(this.choice.value)) return undefined;
    return {
      func: this.choice.value,
      args: this.fields.map(({ value }) => value),
      types: this.types.get(this.choice.value)!,
      stdin: this.stdin.value,
    };
  }

  /** Offers what a module exports; what was chosen and typed stays when it still fits. */
  offer(module: Module, wanted: Partial<Invocation> = {}): void {
    const former = this.invocation;
    this.types = functionsOf(module);
    const names = [...this.types.keys()];
    const preferred = [wanted.func, former?.func, ...usualNames, names[0]];
    const chosen = preferred.find((name) => name !== undefined && this.types.has(name)) ?? '';
    this.choice.replaceChildren(...names.map((name) => element('option', { value: name }, name)));
    this.choice.value = chosen;
    this.choice.disabled = names.length === 0;
    if (wanted.stdin !== undefined) this.stdin.value = wanted.stdin;
    const usesInput = module.syntax.imports.some(({ module: name }) => name === 'wasi_snapshot_preview1');
    this.stdin.hidden = !usesInput;
    for (const label of this.stdin.labels ?? []) label.hidden = !usesInput;
    this.showFields(wanted.args ?? (former?.func === chosen ? former.args : []));
  }

  private showFields(values: readonly string[]): void {
    const types = this.types.get(this.choice.value) ?? [];
    this.fields = types.map((type, i) => {
      const field = element('input', {
        size: 8,
        autocomplete: 'off',
        spellcheck: 'false',
        'aria-label': `argument ${i}, ${type}`,
        title: type,
        placeholder: type,
      });
      field.value = values[i] ?? defaultOf(type);
      field.addEventListener('input', this.onChange);
      return field;
    });
    this.argumentBox.replaceChildren(...this.fields);
  }
}

function defaultOf(type: string): string {
  if (type === 'v128') return 'i32x4 0 0 0 0';
  return /^[if]\d\d$/.test(type) ? '5' : 'null';
}

function functionsOf(module: Module): ReadonlyMap<string, readonly string[]> {
  const spaces = indexSpaces(module.syntax);
  const found = new Map<string, readonly string[]>();
  for (const { name, kind, index } of module.syntax.exports) {
    if (kind === 'func') found.set(name, parameterTypes(module, spaces.funcs[index]!));
  }
  return found;
}

function parameterTypes(module: Module, typeidx: number): readonly string[] {
  return (module.syntax.types[typeidx]!.comp as FuncType).params.map(valTypeText);
}
