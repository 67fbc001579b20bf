using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>
/// Sums many tensors over all ranks in few calls: they are laid one after the other into buckets, which live as long as this does. Tensors
/// keep their own layouts: a bucket holds each as it lies in memory.
/// </summary>
/// <param name="group">Whose sums are taken.</param>
/// <param name="bytes">The size of a bucket; a tensor that is larger has a bucket of its own.</param>
internal sealed class TensorBuckets(IProcessGroup group, long bytes) : IDisposable
{
    private readonly Dictionary<torch.ScalarType, torch.Tensor> _buckets = [];

    /// <summary>Puts the sums, times a factor, in the tensors' places.</summary>
    /// <param name="tensors">Floating point, dense, the same on every rank in order, shape and layout.</param>
    /// <param name="factor">What sums are multiplied by: 1, or 1 / ranks for the mean.</param>
    public void Reduce(IEnumerable<torch.Tensor> tensors, double factor = 1)
    {
        using var noGradient = torch.no_grad();
        foreach (IGrouping<torch.ScalarType, torch.Tensor> alike in tensors.GroupBy(tensor => tensor.dtype))
        {
            var bucket = new List<torch.Tensor>();
            long held = 0;
            foreach (torch.Tensor tensor in alike)
            {
                long size = tensor.numel() * tensor.ElementSize;
                if (held > 0 && held + size > bytes)
                {
                    Reduce(bucket, factor);
                    bucket.Clear();
                    held = 0;
                }

                bucket.Add(tensor);
                held += size;
            }

            Reduce(bucket, factor);
        }
    }

    public void Dispose()
    {
        foreach (torch.Tensor bucket in _buckets.Values)
        {
            bucket.Dispose();
        }
    }

    private void Reduce(List<torch.Tensor> tensors, double factor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor bucket = Bucket(tensors[0], tensors.Sum(tensor => tensor.numel()));
        torch.Tensor[] places = new torch.Tensor[tensors.Count];
        long start = 0;
        for (int i = 0; i < places.Length; i++)
        {
            // A dense tensor's own strides reach each of its numbers once, wherever it begins.
            places[i] = bucket.as_strided(tensors[i].shape, tensors[i].stride(), start);
            places[i].copy_(tensors[i]);
            start += tensors[i].numel();
        }

        group.AllReduce(bucket);
        if (factor != 1)
        {
            bucket.mul_(Scalars.Of(factor));
        }

        for (int i = 0; i < places.Length; i++)
        {
            tensors[i].copy_(places[i]);
        }
    }

    private torch.Tensor Bucket(torch.Tensor like, long numbers)
    {
        if (!_buckets.TryGetValue(like.dtype, out torch.Tensor? bucket) || bucket.numel() < numbers)
        {
            bucket?.Dispose();
            bucket = torch.empty([numbers], like.dtype, like.device).DetachFromDisposeScope();
            _buckets[like.dtype] = bucket;
        }

        return bucket.narrow(0, 0, numbers);
    }
}
