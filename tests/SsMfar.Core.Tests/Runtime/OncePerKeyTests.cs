using System.Collections.Concurrent;
using System.Reflection;
using SsMfar.Runtime;

namespace SsMfar.Tests.Runtime;

public sealed class OncePerKeyTests
{
    private const int Threads = 8;

    [Fact]
    public void Threads_that_come_at_once_get_one_value_made_once()
    {
        int made = 0;
        using var inside = new ManualResetEventSlim();
        var values = new OncePerKey<int, object>(_ =>
        {
            Interlocked.Increment(ref made);

            // Long enough for every thread to find the value missing.
            inside.Wait(TimeSpan.FromMilliseconds(200));
            return new();
        });
        var got = new object[Threads];
        using var start = new Barrier(Threads);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            got[i] = values.Get(7);
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        made.Should().Be(1);
        got.Distinct().Should().ContainSingle();
        values.Get(8).Should().NotBeSameAs(got[0]);
    }

    [Fact]
    public void A_failure_is_not_kept()
    {
        int calls = 0;
        var values = new OncePerKey<string, int>(key => ++calls == 1 ? throw new InvalidOperationException("once") : key.Length);

        FluentActions.Invoking(() => values.Get("four")).Should().Throw<InvalidOperationException>();
        values.Get("four").Should().Be(4);
        calls.Should().Be(2);
    }

    /// <summary>A dictionary's factory may run once a thread; <see cref="OncePerKey{TKey, TValue}"/> makes what stays.</summary>
    [Fact]
    public void Nothing_that_lives_as_long_as_the_process_is_made_by_a_concurrent_dictionary()
    {
        string[] fields =
        [
            .. typeof(TorchRuntime).Assembly.GetTypes()
                .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
                .Where(field => field.FieldType is { IsGenericType: true } type
                    && type.GetGenericTypeDefinition() == typeof(ConcurrentDictionary<,>))
                .Select(field => $"{field.DeclaringType}.{field.Name}"),
        ];

        fields.Should().BeEmpty();
    }
}
