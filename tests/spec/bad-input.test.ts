import { describe, expect, it } from 'vitest';
import { type CliWorld, runCli } from '../run-cli.ts';

/** The whole text that a command prints for bad input; it must print nothing else, and exit with 3. */
async function complain(
  files: CliWorld['files'],
  argv: readonly string[] = [],
  command: 'validate' | 'plan' = 'validate',
): Promise<string> {
  const { code, stdout, stderr } = await runCli([command, ...argv], files === undefined ? {} : { files });
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  return stderr;
}

describe('R-17: validate explains', () => {
  it('an unknown key, with the nearest one', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\ncpu:\n  coers: 4\n' })).toMatchInlineSnapshot(`
      "vm.yaml:4:3: error: unknown key [PVEVM-SPEC-INVALID]
        cpu has no key "coers". Did you mean cores?

          3 | cpu:
          4 |   coers: 4
            |   ^^^^^

      1 error
      "
    `);
  });

  it('a key in the wrong map', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\ncores: 4\n' })).toMatchInlineSnapshot(`
      "vm.yaml:3:1: error: unknown key [PVEVM-SPEC-INVALID]
        A vm document has no key "cores". Did you mean cpu.cores?

          2 | name: web-01
          3 | cores: 4
            | ^^^^^

      1 error
      "
    `);
  });

  it('a slot that does not exist', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\ndisks:\n  scsi31: {}\n' })).toMatchInlineSnapshot(`
      "vm.yaml:4:3: error: unknown slot [PVEVM-SPEC-INVALID]
        disks has no slot "scsi31". Its slots are scsi0 to scsi30, virtio0 to virtio15, sata0 to sata5 and ide0 to ide3.

          3 | disks:
          4 |   scsi31: {}
            |   ^^^^^^

      1 error
      "
    `);
  });

  it('a wrong type', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\ncpu: { cores: four }\n' })).toMatchInlineSnapshot(`
      "vm.yaml:3:15: error: wrong type [PVEVM-SPEC-INVALID]
        cpu.cores takes a whole number; here stands "four".

          2 | name: web-01
          3 | cpu: { cores: four }
            |               ^^^^

      1 error
      "
    `);
  });

  it('a YAML 1.1 boolean', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\nonBoot: yes\n' })).toMatchInlineSnapshot(`
      "vm.yaml:3:9: error: wrong type [PVEVM-SPEC-INVALID]
        onBoot takes true or false; here stands "yes". Write true.

          2 | name: web-01
          3 | onBoot: yes
            |         ^^^

      1 error
      "
    `);
  });

  it('an empty value', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname:\n' })).toMatchInlineSnapshot(`
      "vm.yaml:2:1: error: wrong type [PVEVM-SPEC-INVALID]
        name takes text; here stands nothing.

          1 | kind: vm
          2 | name:
            | ^^^^

      1 error
      "
    `);
  });

  it('a number out of range', async () => {
    expect(
      await complain({ 'vm.yaml': 'kind: vm\nname: web-01\nnetwork:\n  net0: { vlan: 4095 }\n' }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:4:17: error: out of range [PVEVM-SPEC-INVALID]
        network.net0.vlan is 4095; it takes 1 to 4094.

          3 | network:
          4 |   net0: { vlan: 4095 }
            |                 ^^^^

      1 error
      "
    `);
  });

  it('an unknown value', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\nsystem: { bios: ovfm }\n' })).toMatchInlineSnapshot(`
      "vm.yaml:3:17: error: unknown value [PVEVM-SPEC-INVALID]
        system.bios cannot be "ovfm". Did you mean ovmf?

          2 | name: web-01
          3 | system: { bios: ovfm }
            |                 ^^^^

      1 error
      "
    `);
  });

  it('a wrong name', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web_01\n' })).toMatchInlineSnapshot(`
      "vm.yaml:2:7: error: wrong form [PVEVM-SPEC-INVALID]
        name cannot be "web_01". The guest's name: a DNS name, of letters, digits, hyphens and dots, as in web-01. Unique among the documents of a project.

          1 | kind: vm
          2 | name: web_01
            |       ^^^^^^

      1 error
      "
    `);
  });

  it('a bad size', async () => {
    expect(
      await complain({ 'vm.yaml': 'kind: vm\nname: web-01\ndisks:\n  scsi0: { size: big }\n' }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:4:18: error: wrong form [PVEVM-SPEC-INVALID]
        disks.scsi0.size cannot be "big". A size with a unit, as in 32GiB, 512MiB or 32G (binary).

          3 | disks:
          4 |   scsi0: { size: big }
            |                  ^^^

      1 error
      "
    `);
  });

  it('a disk size without unit', async () => {
    expect(
      await complain({ 'vm.yaml': 'kind: vm\nname: web-01\ndisks:\n  scsi0: { size: 64 }\n' }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:4:18: error: size without unit [PVEVM-SPEC-INVALID]
        disks.scsi0.size is 64, without a unit. Proxmox VE counts disks in GiB: write 64GiB where that was meant.

          3 | disks:
          4 |   scsi0: { size: 64 }
            |                  ^^

      1 error
      "
    `);
  });

  it('a memory size without unit', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\nmemory: { size: 2048 }\n' })).toMatchInlineSnapshot(`
      "vm.yaml:3:17: error: size without unit [PVEVM-SPEC-INVALID]
        memory.size is 2048, without a unit. Proxmox VE counts memory in MiB: write 2048MiB where that was meant.

          2 | name: web-01
          3 | memory: { size: 2048 }
            |                 ^^^^

      1 error
      "
    `);
  });

  it('a size in GB', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\nmemory: { size: 8GB }\n' })).toMatchInlineSnapshot(`
      "vm.yaml:3:17: error: unknown unit [PVEVM-SPEC-INVALID]
        memory.size is "8GB". Sizes are binary, as Proxmox VE counts them: write 8GiB.

          2 | name: web-01
          3 | memory: { size: 8GB }
            |                 ^^^

      1 error
      "
    `);
  });

  it('a duplicate YAML key', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\nname: web-02\n' })).toMatchInlineSnapshot(`
      "vm.yaml:3:1: error: duplicate key [PVEVM-SPEC-SYNTAX]
        "name" stands in this map already, on line 2. Remove one of the two.

          2 | name: web-01
          3 | name: web-02
            | ^^^^

      1 error
      "
    `);
  });

  it('two documents of one address', async () => {
    expect(
      await complain({ 'a.yaml': 'kind: vm\nname: web-01\n', 'b.yaml': '# the same again\nkind: vm\nname: web-01\n' }),
    ).toMatchInlineSnapshot(`
      "b.yaml:3:7: error: duplicate document [PVEVM-SPEC-DUPLICATE]
        vm/web-01 is described already at a.yaml:2:7.

          2 | kind: vm
          3 | name: web-01
            |       ^^^^^^

      1 error
      "
    `);
  });

  it('two documents with one vmid', async () => {
    expect(
      await complain({ 'a.yaml': 'kind: vm\nname: web-01\nvmid: 120\n---\nkind: vm\nname: web-02\nvmid: 120\n' }),
    ).toMatchInlineSnapshot(`
      "a.yaml:7:7: error: duplicate vmid [PVEVM-SPEC-DUPLICATE]
        The vmid 120 belongs to vm/web-01 already at a.yaml:3:7.

          6 | name: web-02
          7 | vmid: 120
            |       ^^^

      1 error
      "
    `);
  });

  it('a disk on the slot of the medium', async () => {
    expect(
      await complain({ 'vm.yaml': 'kind: vm\nname: web-01\ndisks:\n  scsi0: {}\n  ide2: { size: 1GiB }\n' }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:5:9: error: slot taken [PVEVM-SPEC-INVALID]
        The slot ide2 holds the installation medium (os.media), which a guest has unless the document says otherwise. Take another slot for the disk, or write os: { media: null }.

          4 |   scsi0: {}
          5 |   ide2: { size: 1GiB }
            |         ^^^^^^^^^^^^^^

      1 error
      "
    `);
  });

  it('an iothread without a controller that has it', async () => {
    expect(
      await complain({
        'vm.yaml':
          'kind: vm\nname: web-01\nsystem: { scsiController: virtio-scsi-pci }\ndisks:\n  scsi0: { iothread: true }\n',
      }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:5:22: error: does not fit [PVEVM-SPEC-INVALID]
        disks.scsi0.iothread needs a virtio slot or a scsi slot with system.scsiController: virtio-scsi-single.

          4 | disks:
          5 |   scsi0: { iothread: true }
            |                      ^^^^

      1 error
      "
    `);
  });

  it('EFI options with seabios', async () => {
    expect(
      await complain({ 'vm.yaml': 'kind: vm\nname: web-01\nsystem:\n  bios: seabios\n  efi: { type: 4m }\n' }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:5:8: error: does not fit [PVEVM-SPEC-INVALID]
        system.efi needs system.bios: ovmf.

          4 |   bios: seabios
          5 |   efi: { type: 4m }
            |        ^^^^^^^^^^^^

      1 error
      "
    `);
  });

  it('a boot device that does not exist', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\nboot: [scsi1, net0]\n' })).toMatchInlineSnapshot(`
      "vm.yaml:3:8: error: unknown boot device [PVEVM-SPEC-INVALID]
        boot names scsi1, and the document has no such device. It has scsi0, ide2, net0. Did you mean scsi0?

          2 | name: web-01
          3 | boot: [scsi1, net0]
            |        ^^^^^

      1 error
      "
    `);
  });

  it('R-51: tab indentation', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\ncpu:\n\tcores: 4\n' })).toMatchInlineSnapshot(`
      "vm.yaml:4:1: error: tab as indentation [PVEVM-SPEC-SYNTAX]
        YAML is indented with spaces. Replace the tab.

          3 | cpu:
          4 |  cores: 4
            | ^

      1 error
      "
    `);
  });

  it('wrong indentation', async () => {
    expect(
      await complain({ 'vm.yaml': 'kind: vm\nname: web-01\ncpu:\n  cores: 4\n sockets: 1\n' }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:5:1: error: wrong indentation [PVEVM-SPEC-SYNTAX]
        Keys of one map begin in the same column, deeper than the key above them.

          4 |   cores: 4
          5 |  sockets: 1
            | ^

      1 error
      "
    `);
  });

  it('an open bracket', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\ncpu: { cores: 4\n' })).toMatchInlineSnapshot(`
      "vm.yaml:3:16: error: bracket not closed [PVEVM-SPEC-SYNTAX]
        A { or [ is opened above, and not closed. Inside them, values that hold brackets or commas want quotes.

          2 | name: web-01
          3 | cpu: { cores: 4
            |                ^

      1 error
      "
    `);
  });

  it('an open quote', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: "web-01\n' })).toMatchInlineSnapshot(`
      "vm.yaml:2:14: error: quote not closed [PVEVM-SPEC-SYNTAX]
        A quote is opened here or above, and not closed.

          1 | kind: vm
          2 | name: "web-01
            |              ^

      1 error
      "
    `);
  });

  it('two keys in one line', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\ncpu: cores: 4\n' })).toMatchInlineSnapshot(`
      "vm.yaml:3:6: error: two keys in one line [PVEVM-SPEC-SYNTAX]
        Here stands a second "key:" on one line. Put it on a line of its own, or quote the value where it holds ": ".

          2 | name: web-01
          3 | cpu: cores: 4
            |      ^

      1 error
      "
    `);
  });

  it('an unknown kind', async () => {
    expect(await complain({ 'vm.yaml': 'kind: wm\nname: web-01\n' })).toMatchInlineSnapshot(`
      "vm.yaml:1:7: error: unknown kind [PVEVM-SPEC-INVALID]
        The kind cannot be "wm". Did you mean vm?

          1 | kind: wm
            |       ^^

      1 error
      "
    `);
  });

  it('a missing kind', async () => {
    expect(await complain({ 'vm.yaml': 'name: web-01\n' })).toMatchInlineSnapshot(`
      "vm.yaml:1:1: error: missing key [PVEVM-SPEC-INVALID]
        A document needs the key kind. Known are: image, vm.

          1 | name: web-01
            | ^^^^

      1 error
      "
    `);
  });

  it('a missing name', async () => {
    expect(await complain({ 'vm.yaml': '# web\nkind: vm\ncpu: { cores: 4 }\n' })).toMatchInlineSnapshot(`
      "vm.yaml:2:1: error: missing key [PVEVM-SPEC-INVALID]
        A vm document needs the key name. The guest's name: a DNS name, of letters, digits, hyphens and dots, as in web-01. Unique among the documents of a project. Only a base has none, and nothing that was read extends this document.

          1 | # web
          2 | kind: vm
            | ^^^^

      1 error
      "
    `);
  });

  it('a document that is no map', async () => {
    expect(await complain({ 'vm.yaml': '- kind: vm\n' })).toMatchInlineSnapshot(`
      "vm.yaml:1:1: error: no document [PVEVM-SPEC-SYNTAX]
        A document is a map of keys, as in "kind: vm". Here stands something else.

          1 | - kind: vm
            | ^^^^^^^^^^

      1 error
      "
    `);
  });

  it('R-51: a __proto__ key', async () => {
    expect(
      await complain({ 'vm.yaml': 'kind: vm\nname: web-01\n__proto__: { polluted: true }\n' }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:3:1: error: key not allowed [PVEVM-SPEC-SYNTAX]
        No document has such a key.

          2 | name: web-01
          3 | __proto__: { polluted: true }
            | ^^^^^^^^^

      1 error
      "
    `);
  });

  it('a merge key', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\n<<: { cpu: {} }\n' })).toMatchInlineSnapshot(`
      "vm.yaml:3:1: error: key not allowed [PVEVM-SPEC-SYNTAX]
        Merge keys are not part of the spec language. Put what documents share into pvevm.yaml, under defaults.

          2 | name: web-01
          3 | <<: { cpu: {} }
            | ^^

      1 error
      "
    `);
  });

  it('a tag', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: !env NAME\n' })).toMatchInlineSnapshot(`
      "vm.yaml:2:7: error: unknown tag [PVEVM-SPEC-SYNTAX]
        Tags (!name) other than those of plain YAML values, as !!str, are not part of the spec language. A text that begins with ! wants quotes.

          1 | kind: vm
          2 | name: !env NAME
            |       ^^^^

      1 error
      "
    `);
  });

  it('a directive', async () => {
    expect(await complain({ 'vm.yaml': '%YAML 1.1\n---\nkind: vm\nname: web-01\n' })).toMatchInlineSnapshot(`
      "vm.yaml:1:1: error: directive [PVEVM-SPEC-SYNTAX]
        Directives (%NAME) have no place in a spec, which is YAML 1.2. Remove the line.

          1 | %YAML 1.1
            | ^^^^^^^^^

      1 error
      "
    `);
  });

  it('an integer that loses digits', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\nvmid: 9007199254740993\n' })).toMatchInlineSnapshot(`
      "vm.yaml:3:7: error: number too large [PVEVM-SPEC-SYNTAX]
        Integers beyond 2^53 lose digits. Write it in quotes where it is meant as text.

          2 | name: web-01
          3 | vmid: 9007199254740993
            |       ^^^^^^^^^^^^^^^^

      1 error
      "
    `);
  });

  it('a document in the name of a project', async () => {
    expect(await complain({ 'site.yaml': 'kind: project\n' })).toMatchInlineSnapshot(`
      "site.yaml:1:7: error: project file by another name [PVEVM-SPEC-INVALID]
        The file of a project is called pvevm.yaml. Rename this one.

          1 | kind: project
            |       ^^^^^^^

      1 error
      "
    `);
  });

  it('a wrong project file', async () => {
    expect(
      await complain({
        'pvevm.yaml': "kind: project\nstack: Lab\ndefaults:\n  vm:\n    disks: { '*': { size: 10 } }\n",
        'vm.yaml': 'kind: vm\nname: web-01\n',
      }),
    ).toMatchInlineSnapshot(`
      "pvevm.yaml:2:8: error: wrong form [PVEVM-SPEC-INVALID]
        stack cannot be "Lab". The name of the set of guests that this project owns. They carry the tag pvevm-STACK. Up to 31 lower-case letters, digits, hyphens and underscores, beginning with a letter or digit.

          1 | kind: project
          2 | stack: Lab
            |        ^^^

      pvevm.yaml:5:27: error: size without unit [PVEVM-SPEC-INVALID]
        defaults.vm.disks.*.size is 10, without a unit. Proxmox VE counts disks in GiB: write 10GiB where that was meant.

          4 |   vm:
          5 |     disks: { '*': { size: 10 } }
            |                           ^^

      2 errors
      "
    `);
  });

  it('a slot for all devices outside the project file', async () => {
    expect(
      await complain({ 'vm.yaml': "kind: vm\nname: web-01\ndisks: { '*': { size: 10GiB } }\n" }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:3:10: error: unknown slot [PVEVM-SPEC-INVALID]
        disks has no slot "*". It stands for every device in the defaults of pvevm.yaml only; name the slot here.

          2 | name: web-01
          3 | disks: { '*': { size: 10GiB } }
            |          ^^^

      1 error
      "
    `);
  });

  it('a path to ignore that leads nowhere', async () => {
    expect(await complain({ 'vm.yaml': 'kind: vm\nname: web-01\nignore: [memory.sise]\n' })).toMatchInlineSnapshot(`
      "vm.yaml:3:10: error: unknown path [PVEVM-SPEC-INVALID]
        No field has the path "memory.sise". Did you mean memory.size?

          2 | name: web-01
          3 | ignore: [memory.sise]
            |          ^^^^^^^^^^^

      1 error
      "
    `);
  });

  it('a slot to ignore that no guest has', async () => {
    expect(
      await complain({
        'vm.yaml':
          'kind: vm\nname: web-01\nignore: ["disks.nvme0", disks.scsi31.size, network.eth0, disks.scsi0.sice, disks.*.cache]\n',
      }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:3:10: error: unknown slot [PVEVM-SPEC-INVALID]
        disks has no slot "nvme0". Its slots are scsi0 to scsi30, virtio0 to virtio15, sata0 to sata5 and ide0 to ide3.

          2 | name: web-01
          3 | ignore: ["disks.nvme0", disks.scsi31.size, network.eth0, disks.scsi0.sice, disks…
            |          ^^^^^^^^^^^^^

      vm.yaml:3:25: error: unknown slot [PVEVM-SPEC-INVALID]
        disks has no slot "scsi31". Its slots are scsi0 to scsi30, virtio0 to virtio15, sata0 to sata5 and ide0 to ide3.

          2 | name: web-01
          3 | ignore: ["disks.nvme0", disks.scsi31.size, network.eth0, disks.scsi0.sice, disks…
            |                         ^^^^^^^^^^^^^^^^^

      vm.yaml:3:44: error: unknown slot [PVEVM-SPEC-INVALID]
        network has no slot "eth0". Its slots are net0 to net31.

          2 | …e: web-01
          3 | …ore: ["disks.nvme0", disks.scsi31.size, network.eth0, disks.scsi0.sice, disks.*.…
            |                                          ^^^^^^^^^^^^

      vm.yaml:3:58: error: unknown path [PVEVM-SPEC-INVALID]
        No field has the path "disks.scsi0.sice". Did you mean disks.scsi0.size?

          3 | …vme0", disks.scsi31.size, network.eth0, disks.scsi0.sice, disks.*.cache]
            |                                          ^^^^^^^^^^^^^^^^

      4 errors
      "
    `);
  });

  it('a bus that contradicts its slot', async () => {
    expect(
      await complain({ 'vm.yaml': 'kind: vm\nname: web-01\ndisks:\n  scsi0: { bus: virtio }\n' }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:4:17: error: bus contradicts slot [PVEVM-SPEC-INVALID]
        disks.scsi0.bus is virtio, and the slot is scsi0. In a map the slot says the bus: remove bus, or name another slot.

          3 | disks:
          4 |   scsi0: { bus: virtio }
            |                 ^^^^^^

      1 error
      "
    `);
  });

  it('R-51: an alias bomb', async () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const letter of 'bcdefghi') {
      const before = String.fromCharCode(letter.charCodeAt(0) - 1);
      bomb.push(`${letter}: &${letter} [${Array(9).fill(`*${before}`).join(', ')}]`);
    }
    expect(await complain({ 'vm.yaml': `kind: vm\nname: web-01\n${bomb.join('\n')}\n` })).toMatchInlineSnapshot(`
      "vm.yaml:3:7: error: anchor or alias [PVEVM-SPEC-SYNTAX]
        Anchors (&name) and aliases (*name) are not part of the spec language. Put what documents share into pvevm.yaml, under defaults; a text that begins with & or * wants quotes.

          2 | name: web-01
          3 | a: &a [x, x, x, x, x, x, x, x, x]
            |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^

      1 error
      "
    `);
  });

  it('R-51: deep nesting', async () => {
    expect(await complain({ 'vm.yaml': `kind: vm\nname: ${'['.repeat(100_000)}\n` })).toMatchInlineSnapshot(`
      "vm.yaml:2:70: error: nested too deeply [PVEVM-SPEC-SYNTAX]
        Maps and lists may be nested 64 deep.

          2 | …[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…
            |                                          ^

      1 error
      "
    `);
  });

  it('R-51: an empty file', async () => {
    expect(await complain({ 'vm.yaml': '\n' })).toMatchInlineSnapshot(`
      "vm.yaml:1:1: error: empty file [PVEVM-SPEC-FILE]
        vm.yaml holds no document. A document begins with its kind, as in "kind: vm".

      1 error
      "
    `);
  });

  it('R-51: a file of comments', async () => {
    expect(await complain({ 'vm.yaml': '# nothing yet\n' })).toMatchInlineSnapshot(`
      "vm.yaml:1:1: error: no documents [PVEVM-SPEC-FILE]
        vm.yaml holds comments only.

          1 | # nothing yet
            | ^

      1 error
      "
    `);
  });

  it('R-51: a binary file', async () => {
    expect(await complain({ 'vm.yaml': new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1]) })).toMatchInlineSnapshot(`
      "vm.yaml:1:1: error: not a text file [PVEVM-SPEC-FILE]
        vm.yaml is a binary file.

      1 error
      "
    `);
  });

  it('R-51: a file that is not UTF-8', async () => {
    const latin1 = Buffer.from('kind: vm\nname: web-01\ndescription: f\u00fcr alle\n', 'latin1');
    expect(await complain({ 'vm.yaml': latin1 })).toMatchInlineSnapshot(`
      "vm.yaml:3:15: error: not UTF-8 [PVEVM-SPEC-FILE]
        Here stands a byte that is no UTF-8 text. Save the file as UTF-8.

      1 error
      "
    `);
  });

  it('R-51: a file in UTF-16', async () => {
    expect(await complain({ 'vm.yaml': Buffer.from('\ufeffkind: vm\n', 'utf16le') })).toMatchInlineSnapshot(`
      "vm.yaml:1:1: error: not UTF-8 [PVEVM-SPEC-FILE]
        vm.yaml is encoded as UTF-16. Save it as UTF-8.

      1 error
      "
    `);
  });

  it('R-51: a file larger than 10 MB', async () => {
    expect(
      await complain({ 'vm.yaml': `kind: vm\nname: web-01\ndescription: ${'x'.repeat(10_000_000)}\n` }),
    ).toMatchInlineSnapshot(`
      "vm.yaml:1:1: error: file too large [PVEVM-SPEC-FILE]
        vm.yaml is larger than 10 MB.

      1 error
      "
    `);
  });

  it('R-51: a file with too many parts', async () => {
    const text = `kind: vm\nname: web-01\ntags: [${'x,'.repeat(700_000)}]\n`;
    expect(await complain({ 'vm.yaml': text })).toMatchInlineSnapshot(`
      "vm.yaml:3:666661: error: file too large [PVEVM-SPEC-SYNTAX]
        A file may have 1000000 keys, values and marks. Split it into several files.

          3 | …,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x…
            |                                          ^

      1 error
      "
    `);
  });

  it('a missing file', async () => {
    expect(await complain({}, ['vm.yaml'])).toMatchInlineSnapshot(`
      "vm.yaml:1:1: error: cannot read file [PVEVM-SPEC-FILE]
        vm.yaml cannot be read. It does not exist.

      1 error
      "
    `);
  });

  it('a glob without a match', async () => {
    expect(await complain({}, ['guests/*.yaml'])).toMatchInlineSnapshot(`
      "error: no file matches [PVEVM-SPEC-FILE]
        No file matches guests/*.yaml.

      1 error
      "
    `);
  });

  it('a folder without documents', async () => {
    const files = {
      'guests/README.md': '',
      'guests/pvevm.yaml': 'kind: project\n',
      'guests/.hidden.yaml': 'kind: vm\n',
    };
    expect(await complain(files, ['guests'])).toMatchInlineSnapshot(`
      "error: no documents [PVEVM-SPEC-FILE]
        The folder guests has no *.yaml or *.yml file with documents. Name a file or a folder that has some.

      1 error
      "
    `);
  });

  it('the current folder without documents', async () => {
    expect(await complain({})).toMatchInlineSnapshot(`
      "error: no documents [PVEVM-SPEC-FILE]
        The current folder has no *.yaml or *.yml file with documents. Name a file or a folder that has some.

      1 error
      "
    `);
  });

  it('documents of two projects in one plan, which may be checked together', async () => {
    const files = {
      'a/pvevm.yaml': 'kind: project\n',
      'a/vm.yaml': 'kind: vm\nname: web-01\n',
      'b/pvevm.yaml': 'kind: project\n',
      'b/vm.yaml': 'kind: vm\nname: web-02\n',
    };
    expect(await runCli(['validate'], { files })).toMatchObject({ code: 0, stdout: '2 documents valid\n' });
    expect(await complain(files, [], 'plan')).toMatchInlineSnapshot(`
      "b/vm.yaml:1:1: error: several projects [PVEVM-SPEC-INVALID]
        The documents of one run share one project file. This one belongs to b/pvevm.yaml, others to a/pvevm.yaml. Run pvevm for each project apart.

          1 | kind: vm
            | ^

      1 error
      "
    `);
  });

  it('R-50: text that would move the cursor, without sending it', async () => {
    const text = await complain({ 'vm.yaml': 'kind: vm\nname: "web\x1b[2J"\nos: { "\u202ekey": 1 }\n' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).toMatchInlineSnapshot(`
      "vm.yaml:2:7: error: wrong form [PVEVM-SPEC-INVALID]
        name cannot be "web\\u001b[2J". The guest's name: a DNS name, of letters, digits, hyphens and dots, as in web-01. Unique among the documents of a project.

          1 | kind: vm
          2 | name: "web·[2J"
            |       ^^^^^^^^^

      vm.yaml:3:7: error: unknown key [PVEVM-SPEC-INVALID]
        os has no key "\\u{202e}key". Known are: type, media.

          2 | name: "web·[2J"
          3 | os: { "·key": 1 }
            |       ^^^^^^

      2 errors
      "
    `);
  });
});
