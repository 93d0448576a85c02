export function arraysText(openapi: unknown): string;
