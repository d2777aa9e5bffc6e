/** Exchanges to which the sandbox answers otherwise than recorded, and why. */
export interface Disagreement {
  /** `9.2/04-qemu-running:8`, or a range of lines: `9.2/04-qemu-running:8-12`. */
  readonly at: string;
  readonly reason: string;
  /** What was recorded came of the recorder's host, of the moment or of calls out of scope: it is not counted. */
  readonly isRecorders?: true;
}

const RANDOM_ORDER = 'the numbers of several disks made by one update are random in the real code';
const AGENT = "the program in QEMU's place answered with the arguments that it was given";
const NO_PROGRAM = 'the host had no ZFS and no LVM: the message is that of a missing program';
const OWN_TOKEN = 'the sandbox has a token of its own, root@pam!sandbox';
const NO_HA_MANAGER = 'no HA manager ran on the host, so that states stayed as they were asked for';
const OTHER_TASKS = 'tasks of calls that are out of scope, and of what the recorder did by hand, stand in the list';
const BROADCAST = 'a node tells its state every ten seconds, which was just then';

function both(place: string, reason: string): readonly Disagreement[] {
  return ['9.2', '8.4'].map((version) => ({ at: `${version}/${place}`, reason }));
}

function ofRecorder(listed: readonly Disagreement[]): readonly Disagreement[] {
  return listed.map((one) => ({ ...one, isRecorders: true }));
}

/** All of them; an exchange that is listed and agrees is an error too. */
export const DISAGREEMENTS: readonly Disagreement[] = [
  ...both('10-access:4', OWN_TOKEN),
  ...ofRecorder([
    ...both('03-qemu-errors:174', OTHER_TASKS),
    ...both('04-qemu-running:9', BROADCAST),
    ...both('04-qemu-running:74', AGENT),
    ...both('06-storage:32-33', NO_PROGRAM),
    ...both('09-ha:25', NO_HA_MANAGER),
    ...both('09-ha:46-47', NO_HA_MANAGER),
    { at: '9.2/15-root-ticket-tasks:85-88', reason: OTHER_TASKS },
    { at: '9.2/15-root-ticket-tasks:92', reason: OTHER_TASKS },
    { at: '8.4/15-root-ticket-tasks:85-89', reason: OTHER_TASKS },
    { at: '8.4/15-root-ticket-tasks:93-94', reason: OTHER_TASKS },
    { at: '9.2/20-qemu-random:333-334', reason: RANDOM_ORDER },
    { at: '9.2/20-qemu-random:896-897', reason: RANDOM_ORDER },
    { at: '9.2/20-qemu-random:899-900', reason: RANDOM_ORDER },
  ]),
];

/** The disagreement that lists an exchange. */
export function disagreementAt(recording: string, line: number): Disagreement | undefined {
  return DISAGREEMENTS.find(({ at }) => {
    const [name, lines = ''] = at.split(':');
    const [first = '', last = first] = lines.split('-');
    return name === recording && Number(first) <= line && line <= Number(last);
  });
}
