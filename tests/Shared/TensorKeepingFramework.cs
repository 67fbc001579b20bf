using System.Collections.Concurrent;
using System.Reflection;
using TorchSharp;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace SsMfar.Tests;

/// <summary>
/// xunit's own framework with a <see cref="DisposeScope"/> around each synchronous test, its class's constructor and its <c>Dispose</c>.
/// TorchSharp reads a tensor's handle and then calls libtorch: a tensor that nothing else holds, as in <c>(a * b).shape</c>, may be
/// collected and freed in between, which ends the process, one run in tens. A scope holds it. An asynchronous test may go on in another
/// thread, where a scope is not: it holds its tensors itself.
/// </summary>
public class TensorKeepingFramework(IMessageSink messages) : XunitTestFramework(messages)
{
    /// <inheritdoc/>
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName assembly, ISourceInformationProvider sources, IMessageSink diagnostics)
        : XunitTestFrameworkExecutor(assembly, sources, diagnostics)
    {
        protected override async void RunTestCases(
            IEnumerable<IXunitTestCase> testCases,
            IMessageSink executionMessageSink,
            ITestFrameworkExecutionOptions executionOptions)
        {
            using var runner = new Runner(TestAssembly, testCases, DiagnosticMessageSink, executionMessageSink, executionOptions);
            await runner.RunAsync();
        }
    }

    private sealed class Runner(
        ITestAssembly assembly,
        IEnumerable<IXunitTestCase> testCases,
        IMessageSink diagnostics,
        IMessageSink messages,
        ITestFrameworkExecutionOptions options)
        : XunitTestAssemblyRunner(assembly, testCases, diagnostics, messages, options)
    {
        protected override IMessageBus CreateMessageBus() => new ScopingBus(base.CreateMessageBus());
    }

    /// <summary>Synchronous test cases announce their start and their end in the thread that runs them.</summary>
    private sealed class ScopingBus(IMessageBus inner) : IMessageBus
    {
        // By test case: a test may run others inside of it.
        private readonly ConcurrentDictionary<ITestCase, (DisposeScope Scope, Thread Thread)> _scopes = new();

        // Of tests that ended in another thread than they began in, as one may that waits for a task: what xunit counts as going on in its
        // context may end a moment after the task. A scope can be closed in its own thread alone.
        private readonly ConcurrentDictionary<Thread, ConcurrentStack<DisposeScope>> _left = new();

        public bool QueueMessage(IMessageSinkMessage message)
        {
            switch (message)
            {
                case ITestCaseStarting starting:
                    CloseLeft();
                    if (starting.TestMethod.Method is IReflectionMethodInfo { MethodInfo: var method } && method.ReturnType == typeof(void))
                    {
                        _scopes[starting.TestCase] = (torch.NewDisposeScope(), Thread.CurrentThread);
                    }

                    break;
                case ITestCaseFinished finished when _scopes.TryRemove(finished.TestCase, out (DisposeScope Scope, Thread Thread) its):
                    if (its.Thread == Thread.CurrentThread)
                    {
                        its.Scope.Dispose();
                    }
                    else
                    {
                        _left.GetOrAdd(its.Thread, _ => new()).Push(its.Scope);
                    }

                    break;
            }

            return inner.QueueMessage(message);
        }

        public void Dispose() => inner.Dispose();

        private void CloseLeft()
        {
            while (_left.TryGetValue(Thread.CurrentThread, out ConcurrentStack<DisposeScope>? left) && left.TryPop(out DisposeScope? scope))
            {
                scope.Dispose();
            }
        }
    }
}
