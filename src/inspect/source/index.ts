/** A module's text with its places, and values beside it. */
export { type AnnotatedFrame, annotation } from './annotation.ts';
export { type CodeLine, isDelimiter } from './function-code.ts';
export { Listing, type ListingSource } from './listing.ts';
export type { ListingPlace } from './listing-text.ts';
