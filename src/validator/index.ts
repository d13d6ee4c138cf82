/** Module → facts: is it valid, and the types on the stack at each instruction. */
export { BodyChecker, type ControlFrame } from './body-checker.ts';
export { createContext, ModuleContext } from './context.ts';
export { type CustomProblem, customProblems } from './custom-sections.ts';
export { checkFeatures, neededFeatures } from './feature-uses.ts';
export { validateModule } from './validate-module.ts';
