#!/bin/bash
# One shard of a long run, as a task of a Slurm job array. Eight shards, then the report of all:
#
#   array=$(sbatch --parsable --array=1-8 slurm-shard.sh 8 analyze base adapter --prompts prompts.jsonl)
#   sbatch --dependency="afterok:$array" --kill-on-invalid-dep=yes --wrap='leibniz merge parts/* --output report'
#
# Where shards failed, submit them again alone, by the list that merge prints, and then the merge as above:
#
#   array=$(sbatch --parsable --array=3,7 slurm-shard.sh 8 analyze base adapter --prompts prompts.jsonl)
#
# The number of shards is the first argument, since Slurm's own count (SLURM_ARRAY_TASK_COUNT) is then that of the tasks submitted again.
#SBATCH --job-name=leibniz
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --output=leibniz-%A_%a.log
#SBATCH --open-mode=append
#SBATCH --requeue
set -euo pipefail
shards=${1:?"usage: sbatch --array=1-SHARDS slurm-shard.sh SHARDS analyze|ablate ARGUMENTS…"}
shift
# A requeued task goes on from its finished batches; a shard that is complete is left as it is.
exec leibniz "$@" --shard "$SLURM_ARRAY_TASK_ID/$shards" --output "parts/$SLURM_ARRAY_TASK_ID" \
  --threads "$SLURM_CPUS_PER_TASK" --resume --quiet
