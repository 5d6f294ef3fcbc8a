# frozen_string_literal: true

# Stands in for the shell's own command, whose tracing library HBase 2.6 no longer has: without it no command would load.
module Shell
  module Commands
    # Says why there is no tracing.
    class Trace < Command
      def help
        'There is no tracing in this shell.'
      end

      def command(*_args)
        puts help
      end
    end
  end
end
