"""Every setting of an inventory, one row for each.

To add a setting, add a row, then run `make docs`. The setting is then read and checked, described to editors,
documented, and compared in plans. What remains to write is what uses it: the field that it sets, of a Device
or of Options for example.
"""

from __future__ import annotations

from pipeline.inventory import plain_secrets, value_types
from pipeline.inventory.setting import Scope, Setting, SettingsTable

_ADDRESS = "An IPv4 or IPv6 address or a name, without a port."
_PORT = "The TCP port. Without it, the transport's own: 22 for SSH."
_CREDENTIAL = "An entry of credentials.yaml."

_DEVICES = (
    Setting(
        "queue_id", value_types.IDENTIFIER, Scope.POLICY,
        "The queue of these devices: only workers started with --queue <queue_id> reach them.",
        meaning="the queue `collector.group.<queue_id>`; only workers started with that `--queue` take its "
        "jobs",
        without="any worker, from the default queue",
        other_names=("rabbitmq_queue_id",),
    ),
    Setting(
        "schedule", value_types.TEXT, Scope.LAYERS,
        "An entry of schedules.yaml. Without one, backed up on demand only.",
        meaning="an entry of `schedules.yaml`",
        without="backed up on demand only",
        refers_to="schedules",
    ),
    Setting(
        "credential", value_types.TEXT, Scope.LAYERS, _CREDENTIAL,
        meaning="an entry of `credentials.yaml`",
        refers_to="credentials", required=True,
    ),
    Setting(
        "platform", value_types.TEXT, Scope.LAYERS,
        "The operating system; `devicevault platforms` lists them. netmiko_<device_type> works too.",
        meaning="a [platform](platforms.md), or another name that it is known by; `netmiko_<device_type>` "
        "for whatever netmiko knows, with `devicevault[netmiko]` on the workers",
        refers_to="platforms", required=True, wrong_names=("os", "model", "type"),
    ),
    Setting(
        "port", value_types.PORT, Scope.LAYERS, _PORT,
        meaning="the TCP port",
        without="the transport's own, 22 for SSH",
    ),
    Setting(
        "timeout", value_types.TIMEOUT, Scope.LAYERS,
        "Time for one collection: seconds, or a number with s, m, h or d. Up to 1d.",
        meaning="the time that one collection may take, up to a day",
        without="60 s",
        sets="timeout_s",
    ),
    Setting(
        "secrets", value_types.SECRETS, Scope.LAYERS,
        "Secrets inside configurations: hide them, keep them, or store a keyed fingerprint.",
        meaning="`hide`: secrets inside configurations become `<hidden>`; `fingerprint`: a keyed "
        "fingerprint, so that a new secret shows as a change; `keep`: they are stored",
        without="`fingerprint` where the worker has a key for it, else `hide`",
        sets="options.secrets",
    ),
    Setting(
        "transport", value_types.TRANSPORT, Scope.LAYERS,
        "How the device is reached. telnet shows the password to the network.",
        meaning="`ssh`; `telnet`, which shows the password to the network; `https`, for FortiOS, PAN-OS and "
        "OPNsense, which take the credential's password (for FortiOS a token) for their [API](#certificates)",
        without="the platform's choice",
        sets="options.transport",
    ),
    Setting(
        "ssh", value_types.SSH, Scope.LAYERS,
        "legacy: algorithms that are broken too, for devices that know no others.",
        meaning="`modern`, or `legacy`: algorithms that are broken too, for devices that know no others",
        without="`modern`",
        sets="options.ssh",
    ),
    Setting(
        "contexts", value_types.YES_OR_NO, Scope.LAYERS,
        "true: the configurations of virtual devices too, such as VDOMs or security contexts.",
        meaning="`true`: the configurations of virtual devices too (VDOMs, security contexts, partitions), "
        "where the platform has them",
        without="the platform's choice",
        sets="options.contexts",
    ),
    Setting(
        "artefacts", value_types.ARTEFACTS, Scope.LAYERS,
        "Further outputs of the platform, such as [version, inventory], stored beside it.",
        meaning="further outputs of the platform, such as `[version, inventory]`, stored in "
        "`<group>/<device>/`",
        without="none",
        sets="options.artefacts",
    ),
    Setting(
        "max_shrink", value_types.SHARE, Scope.LAYERS,
        "The share of its lines that a configuration may lose at once, such as 50%.",
        meaning="the share of its lines that a configuration may lose from one backup to the next; one that "
        "loses more is [quarantined](operations.md#a-configuration-that-shrank)",
        without="50%",
    ),
    Setting(
        "jump", value_types.NAMES, Scope.LAYERS,
        "An entry of jump_hosts.yaml, or a list of them in the order in which they are passed.",
        meaning="one entry of `jump_hosts.yaml`, or a list of them, in the order in which they are passed",
        without="reached directly",
        refers_to="jump_hosts",
    ),
    Setting(
        "sealed", value_types.YES_OR_NO, Scope.LAYERS,
        "true: a sealed copy with all secrets too, for the recipients of devicevault.yaml.",
        meaning="`true`: a [sealed copy](operations.md#restoring-a-configuration-with-its-secrets) with all "
        "secrets too, for the `recipients` of `devicevault.yaml`",
        without="none",
        sets="recipients",
    ),
    Setting(
        "configs_repo", value_types.REPO, Scope.POLICY,
        "The configs repo for these devices alone, so that the Git host decides who sees them.",
        meaning="the name of a [configs repo](operations.md#several-configs-repos) for these devices alone, "
        "so that the Git host's permissions decide who sees them",
        without="`configs`",
        sets="repo",
    ),
    Setting(
        "allowed_networks", value_types.NETWORKS, Scope.POLICY,
        "CIDR networks; a device with an address elsewhere is a mistake.",
        meaning="CIDR networks, such as `[192.0.2.0/24, 2001:db8::/32]`; a device with an address elsewhere "
        "is a mistake, and a name that leads elsewhere is not connected to. Behind a jump host names are "
        "looked up there, and only addresses are checked",
        without="any",
    ),
    Setting(
        "address", value_types.ADDRESS, Scope.DEVICE, _ADDRESS,
        required=True, wrong_names=("host", "hostname", "ip"),
    ),
    Setting(
        "id", value_types.IDENTIFIER, Scope.DEVICE,
        "An identity that stays when the device is renamed. Without it, the name.",
        meaning="an identity that stays when the device is renamed: it keys the lock and finds the last "
        "backup; without it, the name",
    ),
    Setting(
        "group", value_types.TEXT, Scope.DEVICE,
        "An entry of groups.yaml, and the device's folder in the configs repo.",
        meaning="an entry of `groups.yaml`",
        refers_to="groups",
    ),
)  # fmt: skip

_SCHEDULES = (
    Setting(
        "cron", value_types.CRON, Scope.SCHEDULE,
        'Minute, hour, day of month, month and day of week, in quotes: "17 2 * * *".',
        meaning="minute, hour, day of month, month, day of week",
        required=True,
    ),
    Setting(
        "timezone", value_types.TIMEZONE, Scope.SCHEDULE,
        "The IANA time zone on whose clock cron is read, such as Europe/Berlin. Without it, UTC.",
        meaning="an IANA time zone, on whose clock `cron` is read",
        without="UTC",
    ),
    Setting(
        "deadline", value_types.DEADLINE, Scope.SCHEDULE,
        "Time from the queueing to the outcome, such as 4h; past it the backup is lost. Up to 31d.",
        meaning="the time from the queueing to the outcome; past it the backup is `lost`; up to 31 days",
        without="4h",
    ),
)  # fmt: skip

_CREDENTIALS = (
    Setting(
        "username", value_types.USERNAME, Scope.CREDENTIAL,
        "Plain text, or env:NAME or file:/path.",
        meaning="plain text, or a reference",
        required=True, elsewhere=plain_secrets.INSTEAD,
    ),
    Setting(
        "password", value_types.REFERENCE, Scope.CREDENTIAL,
        "env:NAME or file:/path, never the password itself.",
        meaning="a reference; also answers keyboard-interactive login",
    ),
    Setting(
        "enable_password", value_types.REFERENCE, Scope.CREDENTIAL,
        "env:NAME or file:/path; used where the device logs in without privilege.",
        meaning="a reference; used where the device logs in without privilege",
    ),
    Setting(
        "private_key", value_types.REFERENCE, Scope.CREDENTIAL,
        "env:NAME or file:/path of a private key's text; offered before the password.",
        meaning="a reference to the text of a private key; offered before the password",
    ),
    Setting(
        "passphrase", value_types.REFERENCE, Scope.CREDENTIAL,
        "env:NAME or file:/path of the private key's passphrase.",
        meaning="a reference to the private key's passphrase",
    ),
    Setting(
        "order", value_types.SECRET_ORDER, Scope.CREDENTIAL,
        "What is offered first: [private_key, password], as without it, or the other way round.",
        meaning="which is offered first where there are both: `[private_key, password]`, as without it, or "
        "`[password, private_key]`",
    ),
)  # fmt: skip

_JUMP_HOSTS = (
    Setting("address", value_types.ADDRESS, Scope.JUMP_HOST, _ADDRESS, required=True),
    Setting(
        "port", value_types.PORT, Scope.JUMP_HOST, _PORT,
        meaning="the TCP port",
        without="22",
    ),
    Setting(
        "credential", value_types.TEXT, Scope.JUMP_HOST, _CREDENTIAL,
        meaning="an entry of `credentials.yaml`: each jump host has a login of its own",
        refers_to="credentials", required=True,
    ),
)  # fmt: skip

_MAIN = (
    Setting("version", value_types.VERSION, Scope.MAIN, "The format's version.",
            meaning="the format's version: 1", required=True),
    Setting(
        "defaults", value_types.SETTINGS, Scope.MAIN,
        "Settings for every device whose group or own entry does not say otherwise.",
        meaning="settings for every device, those that [groups](#groupsyaml) take",
    ),
    Setting(
        "recipients", value_types.RECIPIENTS, Scope.MAIN,
        "Public keys, age or SSH, that can open sealed copies.",
    ),
)  # fmt: skip

TABLE = SettingsTable(
    (*_DEVICES, *_SCHEDULES, *_CREDENTIALS, *_JUMP_HOSTS, *_MAIN),
    no_settings={
        "commands": "commands live in reviewed code, in the platform's definition, never in the inventory",
    },
)
