# Makes an interactive bash or zsh fit to be typed into by a program. Sourced after the rc files:
#   . set_up.sh TOKEN TTY [GUARD_FILE]
# Each command is then typed as one line that sources a small file, evaluates
# $__clacky_command and calls __clacky_done. The end of command N is told on TTY as
#   RS TOKEN:N:STATUS RS     (RS is the byte 0x1e)
# by __clacky_done, or, when an error or Ctrl-C made the shell drop the rest of the line, by the
# prompt hook. Backslashes keep aliases out.

\unset HISTFILE TMOUT MAILCHECK MAIL
HISTSIZE=0 SAVEHIST=0
\export PAGER=cat GIT_PAGER=cat MANPAGER=cat SYSTEMD_PAGER=cat GIT_TERMINAL_PROMPT=0
\export TERM=xterm-256color
__clacky_token=$1 __clacky_tty=$2 __clacky_number=0
[ -z "$3" ] || \. "$3"

if [ -n "${BASH_VERSION-}" ]; then
  \set +o history +o histexpand +o monitor +o posix
  \shopt -s expand_aliases
  \shopt -u checkjobs mailwarn 2>/dev/null
  \trap - DEBUG
  # An interactive bash says "exit" or "logout"; a trap of the user's may have more to say.
  exit() {
    \local __clacky_status=$?
    [ -n "$(\builtin trap -p EXIT)" ] || \exec 2>/dev/null
    \builtin exit "${@:-$__clacky_status}"
  }
  __clacky_hooks=()
  __clacky_prompt_hooks=()

  # The user's prompt hooks run before each command, not at a prompt nobody sees.
  __clacky_quiet_prompt() {
    # Assigning an empty prompt here makes bash 5.2 print freed memory before a here-document.
    \unset PS0 PS1 PS2
    [ "${PROMPT_COMMAND[*]-}" = __clacky_at_prompt ] && \return
    [ -z "${PROMPT_COMMAND[*]-}" ] || __clacky_hooks=("${PROMPT_COMMAND[@]}")
    \unset PROMPT_COMMAND
    PROMPT_COMMAND=__clacky_at_prompt
  }
  __clacky_run_hooks() {
    \local __clacky_hook
    for __clacky_hook in "${__clacky_hooks[@]}"; do
      case $__clacky_hook in *__clacky_at_prompt*) \continue ;; esac
      \builtin eval "$__clacky_hook"
    done
  }
else
  \unsetopt zle monitor notify prompt_cr prompt_sp hist_verify bang_hist xtrace err_exit
  \setopt interactive_comments no_hup
  RPS1= RPROMPT= PROMPT_EOL_MARK=
  __clacky_hooks=()

  __clacky_quiet_prompt() {
    PS1= PS2= RPS1= RPROMPT=
    [[ "${precmd_functions[*]-}" == __clacky_at_prompt && -z ${preexec_functions[*]-} ]] &&
      (( ! $+functions[precmd] && ! $+functions[preexec] )) && \return
    \local __clacky_hook
    for __clacky_hook in __clacky_precmd "${precmd_functions[@]}"; do
      [[ $__clacky_hook == __clacky_at_prompt ]] || __clacky_hooks+=("$__clacky_hook")
    done
    \typeset -gU __clacky_hooks
    precmd_functions=(__clacky_at_prompt) preexec_functions=()
    (( $+functions[precmd] )) && { \functions -c precmd __clacky_precmd; \unfunction precmd; }
    (( $+functions[preexec] )) && \unfunction preexec
    \true
  }
  __clacky_run_hooks() {
    \local __clacky_hook
    for __clacky_hook in chpwd "${chpwd_functions[@]}" "${__clacky_hooks[@]}"; do
      (( $+functions[$__clacky_hook] )) && $__clacky_hook
    done
  }
fi

__clacky_done() {
  \set +e +u +v +x
  [ -n "$__clacky_number" ] || \return 0
  __clacky_quiet_prompt
  \builtin printf '\036%s:%s:%s\036' "$__clacky_token" "$__clacky_number" "$1" >"$__clacky_tty"
  __clacky_number=
}
__clacky_at_prompt() {
  __clacky_done "$?" 2>/dev/null
}
__clacky_quiet_prompt
__clacky_run_hooks </dev/null >/dev/null 2>&1
__clacky_done 0
