using System.Text;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>What several ranks agree on, made of the few calls of a group.</summary>
internal static class Collectives
{
    /// <summary>Whether any rank says so.</summary>
    public static bool Any(this IProcessGroup group, bool here)
    {
        using torch.Tensor count = Transfers.ToDevice([here ? 1L : 0], [1], torch.CPU);
        group.AllReduce(count);
        return count.data<long>()[0] > 0;
    }

    /// <summary>Every rank's numbers, in the ranks' order; as many of each.</summary>
    public static double[][] Gather(this IProcessGroup group, double[] values)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor here = Transfers.ToDevice(values, [values.Length], torch.ScalarType.Float64, torch.CPU);
        torch.Tensor all = torch.empty([group.Size, values.Length], torch.ScalarType.Float64, torch.CPU);
        group.AllGather(here, all);
        return [.. all.data<double>().ToArray().Chunk(values.Length)];
    }

    /// <summary>Every rank's numbers, in the ranks' order; as many of each.</summary>
    public static long[][] Gather(this IProcessGroup group, long[] values)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor here = Transfers.ToDevice(values, [values.Length], torch.CPU);
        torch.Tensor all = torch.empty([group.Size, values.Length], torch.ScalarType.Int64, torch.CPU);
        group.AllGather(here, all);
        return [.. all.data<long>().ToArray().Chunk(values.Length)];
    }

    /// <summary>Rank 0's text, on every rank.</summary>
    public static string FromFirst(this IProcessGroup group, string text)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        byte[] here = Encoding.UTF8.GetBytes(text);
        torch.Tensor length = Transfers.ToDevice([(long)here.Length], [1], torch.CPU);
        group.Broadcast(length, 0);
        long count = length.data<long>()[0];
        torch.Tensor bytes = torch.zeros([Math.Max(1, count)], torch.ScalarType.Byte, torch.CPU);
        if (group.Rank == 0)
        {
            here.CopyTo(bytes.bytes);
        }

        group.Broadcast(bytes, 0);
        return Encoding.UTF8.GetString(bytes.bytes[..(int)count]);
    }

    /// <summary>Gives every rank the values that rank 0 has, whatever their layout.</summary>
    public static void FromFirst(this IProcessGroup group, torch.Tensor tensor)
    {
        using var noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor values = tensor.detach().contiguous();
        group.Broadcast(values, 0);
        if (group.Rank != 0)
        {
            tensor.copy_(values);
        }
    }
}
