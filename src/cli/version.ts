/** The version, put in by the build from package.json. */
declare const PACKAGE_VERSION: string;

/** The installed version, such as `0.1.0`. */
export const version: string = PACKAGE_VERSION;
