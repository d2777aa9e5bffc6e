/** A failure below the API itself: its answer is plain text, without the JSON of `ApiError`. */
export class WireError extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, message: string, body: string = message) {
    super(message);
    this.status = status;
    this.body = body;
  }
}
