/** Differential testing: the same modules here and in other engines, and what differs. */
export {
  type CampaignOptions,
  type KeptFinding,
  LateBatch,
  type Runner,
  runCampaign,
  type Totals,
} from './campaign.ts';
export type { Bits, Call, Case, Engine, Generator, MissingEngine, Profile } from './case.ts';
export { readCorpus } from './corpus.ts';
export { type EngineName, engineNames, profilesFor, takesProfile, usualEngineNames } from './engines/index.ts';
export { findGenerators } from './generators.ts';
export { locate } from './locate/index.ts';
export { type FileModule, moduleFilesAt, modulesIn } from './module-files.ts';
export { makePlan, type Plan, type PlanOptions } from './plan.ts';
export { type Campaign, closingText, findingLine, reportPage, totalsLine } from './report.ts';
export { type CaseRef, Session, type SessionOptions } from './session.ts';
export { serveSession, startWorker, type WorkerOptions } from './worker.ts';
