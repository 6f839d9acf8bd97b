/** Invalid events: mutations of valid ones, or arbitrary ones, in Socket.IO's wire format. */
import fc from 'fast-check';
import type { Subject } from '../access/access.ts';
import { socketSamples } from '../access/socket-samples.ts';
import { mutated } from './mutations.ts';
import { hostileBytes, hostileJson, hostileName, hostileText } from './values.ts';

export interface SocketInput {
  /** `#` stands for an acknowledgement id of its own, in the first packet of an acknowledged input. */
  packets: Array<string | Buffer>;
  /** True if an acknowledgement is awaited. */
  isAcknowledged: boolean;
  /** The invalid field of the payload, if there is exactly one. */
  field: string | null;
}

interface Valid {
  event: string;
  args: unknown[];
}

const RESERVED = [
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
  'error',
  'unparsed',
];

const valid = (subject: Subject): fc.Arbitrary<Valid> =>
  fc.constantFrom(
    ...Object.entries(socketSamples).flatMap(([event, samples]) =>
      samples.map(({ send }) => ({ event, args: send(subject, 'a token') })),
    ),
  );

const event = (name: string, args: readonly string[], field: string | null = null): SocketInput => ({
  packets: [`42#[${[name, ...args].join()}]`],
  isAcknowledged: true,
  field,
});

const texts = (args: readonly unknown[]): string[] => args.map((each) => JSON.stringify(each));
const nameOf = ({ event: name }: Valid): string => JSON.stringify(name);

/** Generates events about the subject. */
export const socketInput = (subject: Subject): fc.Arbitrary<SocketInput> =>
  valid(subject).chain((call) => {
    const [payload, ...rest] = call.args;
    const badPayload = mutated(payload).map(({ text, field }) =>
      event(nameOf(call), [text, ...texts(rest)], field),
    );
    const badArity = fc
      .array(hostileJson, { maxLength: 4 })
      .map((args) => event(nameOf(call), [...texts(call.args), ...args]));
    const noPayload = fc.constant(event(nameOf(call), []));
    const badName = fc
      .oneof(
        hostileName.map((name) => JSON.stringify(name)),
        hostileText.map((name) => JSON.stringify(name)),
        hostileJson,
        fc.constantFrom(...RESERVED).map((name) => JSON.stringify(name)),
      )
      .map((name) => event(name, texts(call.args)));
    const unanswered = mutated(payload).map(({ text }) => ({
      packets: [`42[${nameOf(call)},${text}]`],
      isAcknowledged: false,
      field: null,
    }));
    const placeholder = fc.constantFrom(
      '{"_placeholder":true,"num":0}',
      '{"_placeholder":true,"num":9}',
      '{"_placeholder":1}',
      'null',
    );
    const binary = fc
      .tuple(
        placeholder,
        fc.constantFrom('1', '2', '0', '-1', '99', '1e3', ''),
        fc.array(hostileBytes, { maxLength: 3 }),
      )
      .map(([text, count, attachments]) => ({
        packets: [`45${count}-0[${nameOf(call)},${text}]`, ...attachments],
        isAcknowledged: false,
        field: null,
      }));
    const badId = fc.constantFrom('99999999999999999999', '-1', '1.5', '0x1', ' ', '٣').map((id) => ({
      packets: [`42${id}[${nameOf(call)},${texts(call.args).join()}]`],
      isAcknowledged: false,
      field: null,
    }));
    return fc.oneof(
      { weight: 12, arbitrary: badPayload },
      { weight: 2, arbitrary: badArity },
      { weight: 1, arbitrary: noPayload },
      { weight: 2, arbitrary: badName },
      { weight: 1, arbitrary: unanswered },
      { weight: 2, arbitrary: binary },
      { weight: 1, arbitrary: badId },
    );
  });
