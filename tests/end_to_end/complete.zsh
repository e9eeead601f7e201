# complete.zsh PROGRAM LINE: what zsh makes of LINE and Tab, with its own completion system and attnsweep's script loaded.
zmodload zsh/zpty
typeset -x ZDOTDIR=$(mktemp -d) TERM=dumb
trap 'rm -rf $ZDOTDIR' EXIT
cat > $ZDOTDIR/.zshrc <<END
autoload -Uz compinit && compinit -u -D
path=(${1:h} \$path)
eval "\$(attnsweep completion zsh)"
zle-line-init() { : > $ZDOTDIR/ready }
hand_over() { print -r -- "\$BUFFER" > $ZDOTDIR/line }
zle -N zle-line-init
zle -N hand_over
bindkey '^O' hand_over
END
zpty shell zsh -i
repeat 400 { [[ -e $ZDOTDIR/ready ]] && break; zpty -r -t shell heard; sleep 0.05 }
zpty -n -w shell "$2"$'\t\x0f'
repeat 400 { [[ -s $ZDOTDIR/line ]] && break; zpty -r -t shell heard; sleep 0.05 }
cat $ZDOTDIR/line
zpty -d shell
