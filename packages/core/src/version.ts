/**
 * The version of the product: of each package, of the server and of every client. A test holds it
 * equal to each `package.json`.
 */
export const VERSION: string = "0.1.0";
