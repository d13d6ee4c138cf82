/** Where the official tests come from: repositories at pinned commits, and which of their folders are ours. */

/**
 * @typedef {object} Copy
 * @property {string} from
 * @property {string} to
 * @property {RegExp} [firstLine] what a file's first line must match
 * @property {RegExp} [without] paths below `from` that are left out
 *
 * @typedef {{ repository: string, commit: string, copies: readonly Copy[] }} Source
 */

/**
 * What is copied: `from` a folder upstream `to` one of ours; `.wast` and `.wat` files and their folders, nothing else.
 *
 * @type {readonly Source[]}
 */
export const suiteSources = [
  {
    repository: 'WebAssembly/spec',
    commit: '285a9032950cbad6a9f84de11183008e286092a2',
    copies: [
      { from: 'test/core', to: 'core/spec' },
      { from: 'test/custom', to: 'core/custom' },
      { from: 'test/legacy/exceptions/core', to: 'core/legacy-exceptions' },
    ],
  },
  {
    repository: 'WebAssembly/threads',
    commit: '979d0fcb994439423d63b2f0a8a7332d6285dd84',
    copies: [{ from: 'test/core/threads', to: 'core/threads' }],
  },
  {
    repository: 'WebAssembly/testsuite',
    commit: '193e551ff22663995b1ac95dc62344133669e14b',
    copies: ['threads', 'custom-page-sizes', 'wide-arithmetic', 'custom-descriptors'].map((name) => ({
      from: `proposals/${name}`,
      to: `core/proposals/${name}`,
    })),
  },
  {
    repository: 'bytecodealliance/wasm-tools',
    commit: 'a7ef4778a98ed6d49c7785487dbd95bf053d788d',
    copies: [
      {
        from: 'tests/cli',
        to: 'wasm-tools',
        firstLine: /^;; RUN: wast\b/,
        // Copies of the specification's tests, tests of how text is folded, and single modules.
        without: /^(?:spec|upstream-threads|folding)\/|\.wat$/,
      },
    ],
  },
  {
    repository: 'bytecodealliance/wasmtime',
    commit: 'e6b33de5139d915a48127fc78b790e2d306cf896',
    copies: [
      {
        from: 'tests/misc_testsuite',
        to: 'wasmtime-core',
        without: /^(?:component-model|threads|shared-everything-threads)|component-async/,
      },
      {
        from: 'tests/misc_testsuite/threads',
        to: 'wasmtime-component/threads',
        // Its trap is told in words that differ from the specification's suite; and one that LB, MP and SB repeat.
        without: /^(?:atomics_wait_address|MP_wait)\.wast$/,
      },
    ],
  },
];
