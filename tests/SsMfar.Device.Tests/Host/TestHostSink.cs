using System.Collections.Concurrent;
using System.Globalization;
using Xunit.Abstractions;

namespace SsMfar.Tests.Host;

/// <summary>Collects what was found, counts what ran, and writes what failed. xunit calls it from its own threads.</summary>
internal sealed class TestHostSink(TextWriter output) : LongLivedMarshalByRefObject, IMessageSink, IDisposable
{
    private readonly ConcurrentQueue<ITestCase> _found = new();
    private readonly ManualResetEventSlim _discovered = new();
    private readonly ManualResetEventSlim _finished = new();
    private readonly Lock _gate = new();
    private int _passed;
    private int _failed;
    private int _skipped;

    /// <summary>The tests found so far.</summary>
    public IReadOnlyCollection<ITestCase> Found => _found;

    public bool OnMessage(IMessageSinkMessage message)
    {
        lock (_gate)
        {
            switch (message)
            {
                case ITestCaseDiscoveryMessage found:
                    _found.Enqueue(found.TestCase);
                    break;
                case IDiscoveryCompleteMessage:
                    _discovered.Set();
                    break;
                case IDiagnosticMessage diagnostic:
                    output.WriteLine(diagnostic.Message);
                    break;
                case ITestPassed:
                    _passed++;
                    break;
                case ITestSkipped skipped:
                    _skipped++;
                    output.WriteLine($"SKIPPED {skipped.Test.DisplayName}: {skipped.Reason}");
                    break;
                case ITestFailed failed:
                    Fail(failed.Test.DisplayName, failed);
                    break;
                case ITestAssemblyFinished:
                    _finished.Set();
                    break;
                case IFailureInformation failure:
                    // A fixture or a clean-up, which belongs to no test.
                    Fail(message.GetType().Name, failure);
                    break;
            }
        }

        return true;
    }

    public void WaitForDiscovery()
    {
        _discovered.Wait();
        _discovered.Reset();
    }

    /// <summary>Writes the counts.</summary>
    /// <returns>0 when at least one test ran and all passed, else 1.</returns>
    public int WaitForResult()
    {
        _finished.Wait();
        if (_skipped > 0)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_skipped} skipped"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_passed} passed, {_failed} failed"));
        output.Flush();
        return _failed == 0 && _passed > 0 ? 0 : 1;
    }

    public void Dispose()
    {
        _discovered.Dispose();
        _finished.Dispose();
    }

    private void Fail(string name, IFailureInformation failure)
    {
        _failed++;
        output.WriteLine($"FAILED {name}");
        for (int i = 0; i < failure.Messages.Length; i++)
        {
            output.WriteLine($"  {failure.ExceptionTypes[i]}: {failure.Messages[i]}");
            output.WriteLine($"  {failure.StackTraces[i]}");
        }
    }
}
