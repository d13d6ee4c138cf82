/** Files that the build inlines as text. */
declare module '*.wat' {
  const source: string;
  export default source;
}
