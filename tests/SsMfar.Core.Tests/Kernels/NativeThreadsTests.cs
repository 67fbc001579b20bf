using CsCheck;
using SsMfar.Kernels;
using SsMfar.Kernels.Native;
using SsMfar.Runtime;

namespace SsMfar.Tests.Kernels;

public sealed class NativeThreadsTests
{
    [Fact]
    public void Every_place_is_done_once_whatever_the_number_of_threads() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 200]).Sample(
            (threads, length) =>
            {
                var done = new int[length];
                NativeThreads.Run(threads, length, (first, last) =>
                {
                    for (int i = first; i < last; i++)
                    {
                        Interlocked.Increment(ref done[i]);
                    }
                });
                return done.All(times => times == 1);
            },
            iter: 200, threads: 1);

    [Fact]
    public void An_exception_reaches_the_caller()
    {
        Action run = () => NativeThreads.Run(3, 3, (first, _) =>
        {
            if (first == 1)
            {
                throw new InvalidDataException("part 1");
            }
        });

        run.Should().ThrowExactly<InvalidDataException>().WithMessage("part 1");
    }

    [Fact]
    public void Without_openmp_the_thread_pool_does_every_part_and_hands_on_its_exception()
    {
        var done = new int[100];
        NativeThreads.Run(0, new NativeThreads.Region(
            (first, last) =>
            {
                for (int i = first; i < last; i++)
                {
                    Interlocked.Increment(ref done[i]);
                }
            },
            7, done.Length));
        Action failing = () => NativeThreads.Run(0, new NativeThreads.Region((_, _) => throw new InvalidDataException("part"), 3, 3));

        done.Should().OnlyContain(times => times == 1);
        failing.Should().ThrowExactly<InvalidDataException>();
    }

    [Fact]
    public void Callers_at_the_same_time_do_not_disturb_each_other() =>
        Parallel.For(0, 8, _ =>
        {
            int sum = 0;
            NativeThreads.Run(4, 1000, (first, last) => Interlocked.Add(ref sum, Enumerable.Range(first, last - first).Sum()));
            sum.Should().Be(999 * 1000 / 2);
        });
}
