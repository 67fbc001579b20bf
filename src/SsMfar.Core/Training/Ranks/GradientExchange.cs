using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using SsMfar.Distributed;
using SsMfar.Kernels.Marks;
using SsMfar.Models;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// Sums a model's gradients over ranks, part of the model by part, in the order in which a backward pass completes them: the heads first.
/// With a channel of the group a thread of its own sums the parts that are complete while the pass goes on. The parts are the same without,
/// and so are the marks: of a map of one number a channel libtorch may choose another kernel behind a mark.
/// </summary>
internal sealed class GradientExchange : IGradientListener, IDisposable
{
    private readonly CountedGroup _group;
    private readonly TensorBuckets _buckets;
    private readonly torch.nn.Module[] _parts;
    private readonly HashSet<nint> _ofStages;
    private readonly Dictionary<torch.nn.Module, int> _expected = [];
    private readonly bool[] _complete;
    private readonly List<Sum> _sums = [];
    private readonly List<torch.Tensor> _memory = [];
    private readonly BlockingCollection<Sum>? _queue;
    private readonly Thread? _thread;
    private volatile bool _isAwaited;
    private int _next;
    private Exception? _failure;

    /// <param name="group">Stays its owner's.</param>
    /// <param name="model">Whose gradients are summed; stays its owner's.</param>
    /// <param name="options">In what format, in how large buckets, and when.</param>
    public GradientExchange(CountedGroup group, MultiTaskModel model, DistributedOptions options)
    {
        _group = group;
        IProcessGroup? channel = options.OverlapBackward ? group.OpenChannel(() => _isAwaited) : null;
        _buckets = new(
            channel ?? group,
            options.BucketMegabytes * 1_000_000L,
            options.GradientFormat == GradientFormat.BFloat16 ? torch.ScalarType.BFloat16 : null);
        IReadOnlyList<torch.nn.Module> stages = model.Backbone is IStagedBackbone staged ? staged.Stages : [];
        _ofStages = [.. stages.SelectMany(stage => stage.parameters()).Select(parameter => parameter.Handle)];
        _parts = [model.HeadsModule, .. stages.Reverse(), model.Backbone.Module];
        _complete = new bool[_parts.Length];
        if (channel is not null)
        {
            _queue = [];
            _thread = new(() => Exchange(channel)) { Name = "SsMfar gradients", IsBackground = true };
            _thread.Start();
        }
    }

    // A built-in network inside of a custom backbone marks its stages too; they are summed with the rest of the backbone.
    public void Expect(torch.nn.Module part)
    {
        if (_parts.Contains(part))
        {
            _expected[part] = _expected.GetValueOrDefault(part) + 1;
        }
    }

    public void Passed(torch.nn.Module part)
    {
        // Nothing is thrown through libtorch.
        try
        {
            if (!_expected.TryGetValue(part, out int left) || (_expected[part] = left - 1) > 0 || _queue is null)
            {
                return;
            }

            // In the order that every rank keeps to, whichever part is complete first.
            _complete[Array.IndexOf(_parts, part)] = true;
            while (_failure is null && _complete[_next])
            {
                HandOver(_parts[_next++]);
            }
        }
        catch (Exception failure)
        {
            _failure = failure;
        }
    }

    /// <summary>Sums what is left, and waits for all. The gradients are then those of the global batch.</summary>
    public void Finish()
    {
        try
        {
            if (_failure is { } failure)
            {
                ExceptionDispatchInfo.Throw(failure);
            }

            if (_queue is null)
            {
                foreach (torch.nn.Module part in _parts)
                {
                    using DisposeScope scope = torch.NewDisposeScope();
                    _buckets.Reduce(Gradients(part));
                }

                return;
            }

            while (_next < _parts.Length)
            {
                HandOver(_parts[_next++]);
            }

            _isAwaited = true;
            foreach (Sum sum in _sums)
            {
                _group.Wait(sum.Done.Task.GetAwaiter().GetResult);
                TensorBuckets.Unpack(sum.Bucket, sum.Tensors);
            }
        }
        finally
        {
            _isAwaited = false;
            _sums.ForEach(sum => sum.Dispose());
            _sums.Clear();
            _expected.Clear();
            Array.Clear(_complete);
            _next = 0;
        }
    }

    public void Dispose()
    {
        _queue?.CompleteAdding();
        _thread?.Join();
        _queue?.Dispose();
        _memory.ForEach(bucket => bucket.Dispose());
        _buckets.Dispose();
    }

    // The last part is what is left of the backbone.
    private IEnumerable<torch.Tensor> Gradients(torch.nn.Module part) => part.parameters()
        .Where(parameter => !ReferenceEquals(part, _parts[^1]) || !_ofStages.Contains(parameter.Handle))
        .Select(parameter => parameter.grad).OfType<torch.Tensor>();

    private void HandOver(torch.nn.Module part)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (torch.Tensor[] tensors in _buckets.Cut(Gradients(part)))
        {
            Sum sum = new([.. tensors.Select(tensor => tensor.DetachFromDisposeScope())], Bucket(tensors));
            _sums.Add(sum);
            TensorBuckets.Pack(sum.Tensors, sum.Bucket);
            _queue!.Add(sum);
        }
    }

    // Every bucket of a step has its own memory, and the next step the same.
    private torch.Tensor Bucket(torch.Tensor[] tensors)
    {
        torch.Tensor made = _memory.ElementAtOrDefault(_sums.Count) is { } kept && _buckets.Fits(kept, tensors)
            ? kept
            : _buckets.Make(tensors);
        if (_sums.Count == _memory.Count)
        {
            _memory.Add(made);
        }
        else if (!ReferenceEquals(_memory[_sums.Count], made))
        {
            _memory[_sums.Count].Dispose();
            _memory[_sums.Count] = made;
        }

        return made;
    }

    private void Exchange(IProcessGroup channel)
    {
        foreach (Sum sum in _queue!.GetConsumingEnumerable())
        {
            try
            {
                channel.AllReduce(sum.Bucket);
                sum.Done.SetResult();
            }
            catch (Exception failure)
            {
                sum.Done.SetException(failure);
            }
        }
    }

    /// <summary>A bucket on its way, and the gradients that it is of.</summary>
    private sealed record Sum(torch.Tensor[] Tensors, torch.Tensor Bucket) : IDisposable
    {
        public TaskCompletionSource Done { get; } = new();

        public void Dispose() => Array.ForEach(Tensors, tensor => tensor.Dispose());
    }
}
