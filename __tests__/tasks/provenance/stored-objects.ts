import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";

/** A bucket in memory, as far as provenance is kept in one. */
export class StoredObjects extends S3Client {
  readonly objects = new Map<string, string>();

  override send = ((command: unknown): Promise<unknown> => {
    if (command instanceof PutObjectCommand) {
      const { Key = "", Body } = command.input;
      this.objects.set(Key, Body as string);
      return Promise.resolve({});
    }
    if (command instanceof GetObjectCommand) {
      const text = this.objects.get(command.input.Key ?? "");
      if (text === undefined)
        return Promise.reject(new NoSuchKey({ $metadata: {}, message: "The specified key does not exist." }));
      return Promise.resolve({ Body: { transformToString: () => Promise.resolve(text) } });
    }
    if (command instanceof ListObjectsV2Command) {
      const { Prefix = "" } = command.input;
      const keys = [...this.objects.keys()].filter((key) => key.startsWith(Prefix)).sort();
      return Promise.resolve({ Contents: keys.map((Key) => ({ Key })) });
    }
    throw new Error("Nothing else is asked of the bucket.");
  }) as S3Client["send"];

  /** Changes a stored object, as write access to the bucket allows. */
  tamper(key: RegExp, change: (text: string) => string): void {
    const found = [...this.objects.keys()].filter((one) => key.test(one));
    if (found.length === 0) throw new Error(`No object is ${key.source}.`);
    for (const one of found) this.objects.set(one, change(this.objects.get(one)!));
  }
}
