using System.Collections.Concurrent;
using SsMfar.Inference;

namespace SsMfar.Tests.Inference;

/// <summary>Threads for runs alone.</summary>
public sealed class RunThreadsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task There_are_as_many_threads_as_are_needed_and_no_more_than_are_allowed()
    {
        RunThreads threads = new(3, Long);
        using ManualResetEventSlim gate = new();
        using SemaphoreSlim inside = new(0);
        ConcurrentDictionary<int, int> used = [];
        TaskCompletionSource[] done = [.. Enumerable.Range(0, 8).Select(_ => new TaskCompletionSource())];
        for (int i = 0; i < done.Length; i++)
        {
            TaskCompletionSource end = done[i];
            threads.Start(() =>
            {
                inside.Release();
                gate.Wait();
                used.AddOrUpdate(Environment.CurrentManagedThreadId, 1, (_, times) => times + 1);
                end.SetResult();
            });
            threads.Count.Should().Be(Math.Min(i + 1, 3));
        }

        for (int i = 0; i < 3; i++)
        {
            (await inside.WaitAsync(Long)).Should().BeTrue();
        }

        (await inside.WaitAsync(TimeSpan.FromMilliseconds(50))).Should().BeFalse("the others wait for a thread");
        gate.Set();
        await Task.WhenAll(done.Select(one => one.Task)).WaitAsync(Long);

        used.Should().HaveCountLessThanOrEqualTo(3);
        used.Values.Sum().Should().Be(8);
    }

    [Fact]
    public async Task A_thread_that_waits_is_taken_again_and_is_none_of_the_pool()
    {
        RunThreads threads = new(4, Long);
        List<(int Id, bool IsOfPool)> used = [];
        for (int i = 0; i < 20; i++)
        {
            TaskCompletionSource<(int, bool)> done = new();
            threads.Start(() => done.SetResult((Environment.CurrentManagedThreadId, Thread.CurrentThread.IsThreadPoolThread)));
            used.Add(await done.Task.WaitAsync(Long));
        }

        // One that has just told its end may not wait yet when the next work comes.
        used.Select(one => one.Id).Distinct().Count().Should().BeLessThanOrEqualTo(4);
        used.Should().OnlyContain(one => !one.IsOfPool);
    }

    [Fact]
    public async Task Threads_end_when_nothing_is_to_do_and_others_come_when_something_is()
    {
        RunThreads threads = new(2, TimeSpan.FromMilliseconds(20));
        for (int round = 0; round < 3; round++)
        {
            TaskCompletionSource done = new();
            threads.Start(done.SetResult);
            await done.Task.WaitAsync(Long);
            await GatedNetwork.UntilAsync(() => threads.Count == 0);
        }
    }

    [Fact]
    public async Task Work_that_comes_as_a_thread_ends_is_done()
    {
        RunThreads threads = new(2, TimeSpan.FromMilliseconds(1));
        for (int i = 0; i < 300; i++)
        {
            TaskCompletionSource done = new();
            threads.Start(done.SetResult);
            await done.Task.WaitAsync(Long);
            await Task.Delay(i % 3);
        }
    }
}
