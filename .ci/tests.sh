# The options of the tests' build, for what builds or uses it: optimised, since the tests run whole analyses; yet with the checks of a
# debug build: assertions and the bounds of buffers.
tests='-c release -Xswiftc -enable-testing -Xswiftc -assert-config -Xswiftc Debug --scratch-path .build-tests'
