/** Of this package: what requests and reports say of the client. */
export const VERSION: string = "0.1.0";
