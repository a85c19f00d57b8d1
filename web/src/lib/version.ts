/** The version of Farboard this page was built for. */
declare const FARBOARD_VERSION: string | undefined;

/** Empty where nobody said so, as in tests. */
export const PAGE_VERSION = typeof FARBOARD_VERSION === "undefined" ? "" : FARBOARD_VERSION;
