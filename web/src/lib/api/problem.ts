/** Why a question was not answered, to be shown to the one who asked. */
export class ProblemError extends Error {
  override name = 'ProblemError';

  /**
   * @param message One line: what was got, what was expected, what to do.
   * @param status HTTP's, or 0 where no server answered.
   * @param address What was asked.
   * @param suggestions Words spelled alike, where a word was not found.
   */
  constructor(
    message: string,
    readonly status: number,
    readonly address: string,
    readonly suggestions: string[] = [],
  ) {
    super(message);
  }
}
