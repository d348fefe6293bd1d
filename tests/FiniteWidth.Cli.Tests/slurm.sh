#!/usr/bin/env bash
# slurm.sh start FOLDER | slurm.sh stop FOLDER: a Slurm of two nodes on the loopback interface for the tests, with all of its files in FOLDER.
# It needs no systemd, no network and no accounts. The line that "start" prints is what SLURM_CONF is to be set to.
set -eEuo pipefail
export PATH=$PATH:/usr/sbin:/sbin
folder=$2
run=$folder/run
export SLURM_CONF=$folder/slurm.conf

is_running() {
  [[ -d /proc/$1 && $(awk '{ print $3 }' "/proc/$1/stat" 2>/dev/null) != Z ]]
}

stop() {
  local daemon id tries
  for daemon in slurmd.n1 slurmd.n2 slurmctld munged; do
    id=$(cat "$run/$daemon.pid" 2>/dev/null) || continue
    kill "$id" 2>/dev/null || continue
    for tries in {1..100}; do
      is_running "$id" || break
      ((tries < 100)) || kill -KILL "$id" 2>/dev/null || true
      sleep 0.1
    done
  done
}

# The first of four neighbouring ports that nobody listens on.
free_ports() {
  local first port
  for first in $(seq $((20000 + $$ % 2000 * 5)) 5 32000); do
    for port in $first $((first + 1)) $((first + 2)); do
      ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || continue 2
    done
    echo "$first"
    return
  done
  return 1
}

configure() {
  local host port user
  host=$(hostname -s)
  user=$(id -un)
  port=$(free_ports)
  cat >"$SLURM_CONF" <<CONF
ClusterName=tests
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
CredType=cred/munge
# A job that is queued again waits until its credentials have expired: 120 seconds where nothing is said.
AuthInfo=socket=$run/munge.socket,cred_expire=5
SlurmctldPidFile=$run/slurmctld.pid
SlurmdPidFile=$run/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
SlurmdSpoolDir=$folder/spool/%n
StateSaveLocation=$folder/state
TmpFS=$folder
SwitchType=switch/none
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=1
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 2))] CPUs=2 RealMemory=8000
PartitionName=main Nodes=ALL Default=YES MaxTime=60 DefaultTime=10 State=UP
CONF
  echo 'CgroupAutomount=no' >"$folder/cgroup.conf"
}

start() {
  local try
  trap 'tail -n 20 "$folder"/log/* >&2; stop' ERR
  mkdir -p "$run" "$folder"/{log,state,spool/n1,spool/n2}
  chmod 755 "$folder" "$run"
  head -c 1024 /dev/urandom >"$folder/munge.key"
  chmod 400 "$folder/munge.key"
  configure
  munged --key-file="$folder/munge.key" --socket="$run/munge.socket" --pid-file="$run/munged.pid" \
    --seed-file="$run/munged.seed" --log-file="$folder/log/munged.log" >"$folder/log/start" 2>&1
  { slurmctld && slurmd -N n1 && slurmd -N n2; } >>"$folder/log/start" 2>&1
  for try in {1..200}; do
    if [[ $(timeout 2 sinfo -h -N -o %T 2>/dev/null | grep -c '^idle$') == 2 ]]; then
      echo "$SLURM_CONF"
      return
    fi
    sleep 0.1
  done
  return 1
}

"$1"
