/** The host's own WebAssembly, as the judge of what both know. The project's types have none: its hosts may lack it. */

export interface HostWebAssembly {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
}

export const host = (globalThis as unknown as { readonly WebAssembly: HostWebAssembly }).WebAssembly;
