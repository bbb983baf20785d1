"""The properties that Docker Compose has a key for in the same form, and those it has none for."""

from __future__ import annotations

TEXTS = {
    "cgroup_parent": "cgroup_parent",
    "cgroupns": "cgroup",
    "cpu_period": "cpu_period",
    "cpu_quota": "cpu_quota",
    "cpu_rt_period": "cpu_rt_period",
    "cpu_rt_runtime": "cpu_rt_runtime",
    "cpu_shares": "cpu_shares",
    "cpus": "cpus",
    "cpuset_cpus": "cpuset",
    "domainname": "domainname",
    "hostname": "hostname",
    "isolation": "isolation",
    "mac_address": "mac_address",
    "platform": "platform",
    "pull": "pull_policy",
    "restart": "restart",
    "runtime": "runtime",
    "shm_size": "shm_size",
    "stop_signal": "stop_signal",
    "user": "user",
    "userns": "userns_mode",
    "uts": "uts",
    "workdir": "working_dir",
}
NUMBERS = {
    "cpu_count": "cpu_count",
    "cpu_percent": "cpu_percent",
    "memory": "mem_limit",
    "memory_reservation": "mem_reservation",
    "memory_swap": "memswap_limit",
    "memory_swappiness": "mem_swappiness",
    "oom_score_adj": "oom_score_adj",
    "pids_limit": "pids_limit",
}
SWITCHES = {
    "init": "init",
    "interactive": "stdin_open",
    "oom_kill_disable": "oom_kill_disable",
    "privileged": "privileged",
    "read_only": "read_only",
    "tty": "tty",
    "use_api_socket": "use_api_socket",
}
LISTS = {
    "add_host": "extra_hosts",
    "cap_add": "cap_add",
    "cap_drop": "cap_drop",
    "command": "command",
    "device": "devices",
    "device_cgroup_rule": "device_cgroup_rules",
    "dns": "dns",
    "dns_option": "dns_opt",
    "dns_search": "dns_search",
    "entrypoint": "entrypoint",
    "group_add": "group_add",
    "label_file": "label_file",
    "ports": "expose",
    "security_opt": "security_opt",
    "tmpfs": "tmpfs",
}
MAPS = {"annotation": "annotations", "label": "labels", "sysctl": "sysctls"}
# Why there is no key.
NONE = {
    "cidfile": "Compose writes no file with the id; docker compose ps -q tells it",
    "cpuset_mems": "Compose has no such key",
    "detach_keys": "docker compose attach --detach-keys takes it",
    "disable_content_trust": "Compose knows no content trust",
    "io_maxbandwidth": "Compose has no such key",
    "io_maxiops": "Compose has no such key",
    "kernel_memory": "Compose has no such key",
    "publish_all": "Compose publishes no port that is not under ports; write each there",
    "quiet": "docker compose up --quiet-pull does it",
    "rm": "Compose removes no container when it ends; docker compose down does",
    "sig_proxy": "it says nothing of a container that runs in the background",
    "volume_driver": "a driver can only be said of the volume, at the top level",
}
# What is told of these whatever they say.
ALWAYS_NOTED = ("disable_content_trust", "sig_proxy")
