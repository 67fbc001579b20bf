using TorchSharp;

namespace SsMfar.Runtime;

#pragma warning disable RS0030 // The one place for what is banned elsewhere: tensors are made on the CPU, and only ToHost waits.

/// <summary>
/// How values travel between host and device. To a device they go without a wait: pinned, copied while the host goes on. From a device
/// the host has to wait, which no training step may. Everything else that TorchSharp offers for it is banned in this project.
/// </summary>
internal static class Transfers
{
    /// <summary>int64 values on a device.</summary>
    /// <param name="values">Copied before the call returns.</param>
    /// <param name="shape">The tensor's shape.</param>
    /// <param name="device">Where the tensor is to be.</param>
    /// <returns>A tensor that the caller, or its dispose scope, disposes.</returns>
    public static torch.Tensor ToDevice(long[] values, ReadOnlySpan<long> shape, torch.Device device) =>
        ToDevice(torch.tensor(values, shape, torch.ScalarType.Int64, torch.CPU), device);

    /// <summary>float32 values on a device.</summary>
    /// <inheritdoc cref="ToDevice(long[], ReadOnlySpan{long}, torch.Device)"/>
    public static torch.Tensor ToDevice(float[] values, ReadOnlySpan<long> shape, torch.Device device) =>
        ToDevice(torch.tensor(values, shape, torch.ScalarType.Float32, torch.CPU), device);

    /// <summary>Values of another floating-point type on a device.</summary>
    /// <param name="values">Copied before the call returns.</param>
    /// <param name="shape">The tensor's shape.</param>
    /// <param name="type">The tensor's type.</param>
    /// <param name="device">Where the tensor is to be.</param>
    /// <returns>A tensor that the caller, or its dispose scope, disposes.</returns>
    public static torch.Tensor ToDevice(double[] values, ReadOnlySpan<long> shape, torch.ScalarType type, torch.Device device) =>
        ToDevice(torch.tensor(values, shape, type, torch.CPU), device);

    /// <summary>A tensor's values on a device. A CPU tensor stays as it is on the CPU, and is disposed otherwise.</summary>
    /// <param name="host">A CPU tensor; it is the call's from now on.</param>
    /// <param name="device">Where the tensor is to be.</param>
    /// <returns>A tensor that the caller, or its dispose scope, disposes.</returns>
    public static torch.Tensor ToDevice(torch.Tensor host, torch.Device device)
    {
        if (device.type == DeviceType.CPU)
        {
            return host;
        }

        // libtorch keeps pinned memory from being reused until the copy has read it.
        using (host)
        using (torch.Tensor pinned = host.pin_memory())
        {
            return pinned.to(device, non_blocking: true);
        }
    }

    /// <summary>A tensor's values on the host, without gradient. Waits for the device: never in a training step.</summary>
    /// <param name="tensor">On any device.</param>
    /// <returns>A CPU tensor, of the same memory where that is on the CPU; the caller, or its dispose scope, disposes it.</returns>
    public static torch.Tensor ToHost(torch.Tensor tensor)
    {
        using torch.Tensor detached = tensor.detach();
        return detached.cpu();
    }

    /// <summary>A tensor's one value. Waits for the device: never in a training step.</summary>
    /// <param name="tensor">Of one element, on any device.</param>
    /// <typeparam name="T">The element's type.</typeparam>
    public static T ToHost<T>(torch.Tensor tensor)
        where T : unmanaged
    {
        using torch.Tensor host = ToHost(tensor);
        return host.data<T>()[0];
    }
}
