using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>
/// Sums many tensors over all ranks in few calls: they are laid one after the other into buckets, which live as long as this does. Tensors
/// keep their own layouts: a bucket holds each as it lies in memory.
/// </summary>
/// <param name="group">Whose sums are taken.</param>
/// <param name="bytes">The size of a bucket; a tensor that is larger has a bucket of its own.</param>
/// <param name="wire">What float32 is rounded to on its way; as it is when null.</param>
internal sealed class TensorBuckets(IProcessGroup group, long bytes, torch.ScalarType? wire = null) : IDisposable
{
    private readonly Dictionary<torch.ScalarType, torch.Tensor> _buckets = [];

    /// <summary>Puts the sums, times a factor, in the tensors' places.</summary>
    /// <param name="tensors">Floating point, dense, the same on every rank in order, shape and layout.</param>
    /// <param name="factor">What sums are multiplied by: 1, or 1 / ranks for the mean.</param>
    public void Reduce(IEnumerable<torch.Tensor> tensors, double factor = 1)
    {
        foreach (torch.Tensor[] some in Cut(tensors))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor bucket = Bucket(some);
            Pack(some, bucket);
            group.AllReduce(bucket);
            Unpack(bucket, some, factor);
        }
    }

    /// <summary>Which tensors go in a bucket together: neighbours of one type, as many as there is room for.</summary>
    public IEnumerable<torch.Tensor[]> Cut(IEnumerable<torch.Tensor> tensors)
    {
        foreach (IGrouping<torch.ScalarType, torch.Tensor> alike in tensors.GroupBy(tensor => tensor.dtype))
        {
            var bucket = new List<torch.Tensor>();
            bool isNarrow = alike.Key == torch.ScalarType.Float32 && wire == torch.ScalarType.BFloat16;
            long held = 0, each = isNarrow ? 2 : alike.First().ElementSize;
            foreach (torch.Tensor tensor in alike)
            {
                long size = tensor.numel() * each;
                if (held > 0 && held + size > bytes)
                {
                    yield return [.. bucket];
                    bucket.Clear();
                    held = 0;
                }

                bucket.Add(tensor);
                held += size;
            }

            yield return [.. bucket];
        }
    }

    /// <summary>A new bucket with room for some tensors; the caller's.</summary>
    public torch.Tensor Make(torch.Tensor[] tensors) => torch.empty([Numbers(tensors)], TypeOf(tensors), tensors[0].device)
        .DetachFromDisposeScope();

    /// <summary>Whether a bucket is one that <see cref="Make"/> would make.</summary>
    public bool Fits(torch.Tensor bucket, torch.Tensor[] tensors) =>
        bucket.numel() == Numbers(tensors) && bucket.dtype == TypeOf(tensors);

    /// <summary>Lays tensors into a bucket that has as many numbers.</summary>
    public static void Pack(torch.Tensor[] tensors, torch.Tensor bucket)
    {
        using var noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        foreach ((torch.Tensor tensor, torch.Tensor place) in tensors.Zip(Places(tensors, bucket)))
        {
            place.copy_(tensor);
        }
    }

    /// <summary>Takes them out again, times a factor.</summary>
    public static void Unpack(torch.Tensor bucket, torch.Tensor[] tensors, double factor = 1)
    {
        using var noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        if (factor != 1)
        {
            bucket.mul_(Scalars.Of(factor));
        }

        foreach ((torch.Tensor tensor, torch.Tensor place) in tensors.Zip(Places(tensors, bucket)))
        {
            tensor.copy_(place);
        }
    }

    public void Dispose()
    {
        foreach (torch.Tensor bucket in _buckets.Values)
        {
            bucket.Dispose();
        }
    }

    private static long Numbers(torch.Tensor[] tensors) => tensors.Sum(tensor => tensor.numel());

    private static IEnumerable<torch.Tensor> Places(torch.Tensor[] tensors, torch.Tensor bucket)
    {
        long start = 0;
        foreach (torch.Tensor tensor in tensors)
        {
            // A dense tensor's own strides reach each of its numbers once, wherever it begins.
            yield return bucket.as_strided(tensor.shape, tensor.stride(), start);
            start += tensor.numel();
        }
    }

    private torch.ScalarType TypeOf(torch.Tensor[] tensors) =>
        wire is { } narrow && tensors[0].dtype == torch.ScalarType.Float32 ? narrow : tensors[0].dtype;

    private torch.Tensor Bucket(torch.Tensor[] tensors)
    {
        torch.ScalarType type = TypeOf(tensors);
        long numbers = Numbers(tensors);
        if (!_buckets.TryGetValue(type, out torch.Tensor? bucket) || bucket.numel() < numbers)
        {
            bucket?.Dispose();
            _buckets[type] = bucket = Make(tensors);
        }

        return bucket.narrow(0, 0, numbers);
    }
}
