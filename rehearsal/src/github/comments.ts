import { z } from "zod";
import { requestOf } from "./described";
import { ApiError } from "./api-error";

/** A comment on a pull request. */
export interface Comment {
  readonly id: number;
  /** The pull request's number. */
  readonly issue: number;
  /** The user who wrote it. */
  readonly author: string;
  body: string;
  /** ISO 8601. */
  readonly created_at: string;
  updated_at: string;
}

/** Characters of a comment. */
const LENGTH = 65_536;

/** Maximum comments of an issue on GitHub. */
const LIMIT = 2500;

const content = requestOf<"issues/create-comment">()(
  z.object({
    body: z
      .string()
      .min(1, "Body can't be blank")
      .max(LENGTH, `Body is too long (maximum is ${LENGTH} characters)`),
  }),
);

/** The comments on the repository's pull requests. */
export class Comments {
  private readonly comments = new Map<number, Comment>();
  private lastId = 0;

  /** Oldest first. */
  of(issue: number): Comment[] {
    return [...this.comments.values()].filter((comment) => comment.issue === issue);
  }

  get(id: number): Comment | undefined {
    return this.comments.get(id);
  }

  /** Adds a comment from a request's body. Throws an `ApiError` in GitHub's words for an invalid body. */
  add(issue: number, author: string, body: unknown): Comment {
    const text = parse(body);
    if (this.of(issue).length >= LIMIT) throw invalid(`An issue has ${LIMIT} comments at most`);
    const now = new Date().toISOString();
    const comment: Comment = {
      id: ++this.lastId,
      issue,
      author,
      body: text,
      created_at: now,
      updated_at: now,
    };
    this.comments.set(comment.id, comment);
    return comment;
  }

  change(comment: Comment, body: unknown): Comment {
    comment.body = parse(body);
    comment.updated_at = new Date().toISOString();
    return comment;
  }

  remove(comment: Comment): void {
    this.comments.delete(comment.id);
  }
}

function parse(body: unknown): string {
  const { data, error } = content.safeParse(body);
  if (error) throw invalid(error.issues[0]?.message ?? "");
  return data.body;
}

function invalid(message: string): ApiError {
  return new ApiError(422, "Validation Failed", [
    { resource: "IssueComment", code: "unprocessable", field: "data", message },
  ]);
}
