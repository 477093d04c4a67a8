using System.Runtime.InteropServices;

namespace FpgaEdge.Cli.Commands.Bench;

/// <summary>
/// ONNX Runtime through its C interface, on one thread: the library that the npm package onnxruntime-node carries.
/// Functions are entries of a table whose order never changes; names are those of onnxruntime_c_api.h.
/// </summary>
internal sealed unsafe class OnnxRuntimePeer
{
    private const uint ApiVersion = 16;
    private const int ErrorsOnly = 3;

    private readonly void** table;
    private readonly nint environment;
    private readonly nint options;
    private readonly nint memory;

    private OnnxRuntimePeer(string path)
    {
        nint library = NativeLibrary.Load(path);
        void** entry = ((delegate* unmanaged<void**>)NativeLibrary.GetExport(library, "OrtGetApiBase"))();
        table = ((delegate* unmanaged<uint, void**>)entry[0])(ApiVersion);
        Version = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)entry[1])()) ?? "?";
        if (table == null)
        {
            throw new CliException(ExitCode.BadInputFile,
                $"{path}: expected ONNX Runtime 1.{ApiVersion} or newer, found {Version}");
        }
        nint created;
        fixed (byte* name = "bench\0"u8)
        {
            Check(((delegate* unmanaged<int, byte*, nint*, nint>)table[Entry.CreateEnv])(ErrorsOnly, name, &created));
        }
        environment = created;
        Check(((delegate* unmanaged<nint*, nint>)table[Entry.CreateSessionOptions])(&created));
        options = created;
        Check(((delegate* unmanaged<nint, int, nint>)table[Entry.SetIntraOpNumThreads])(options, 1));
        Check(((delegate* unmanaged<nint, int, nint>)table[Entry.SetInterOpNumThreads])(options, 1));
        Check(((delegate* unmanaged<int, int, nint*, nint>)table[Entry.CreateCpuMemoryInfo])(1, 0, &created));
        memory = created;
    }

    /// <summary>The library's version.</summary>
    public string Version { get; }

    /// <summary>The library below a folder, or null where it is not.</summary>
    public static OnnxRuntimePeer? TryOpen(string folder)
    {
        string architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        string root = Path.Combine(folder, "node_modules", "onnxruntime-node", "bin");
        string tail = Path.Combine("linux", architecture, "libonnxruntime.so.1");
        string? path = !Directory.Exists(root) ? null : Directory.EnumerateDirectories(root)
            .Select(napi => Path.Combine(napi, tail)).FirstOrDefault(File.Exists);
        return path is null ? null : new OnnxRuntimePeer(path);
    }

    /// <summary>A session with one input x and one output y in buffers of its own.</summary>
    public Session Open(byte[] model, int type, long[] inputShape, long[] outputShape) =>
        new(this, model, type, inputShape, outputShape);

    private void Check(nint status)
    {
        if (status != 0)
        {
            nint text = ((delegate* unmanaged<nint, nint>)table[Entry.GetErrorMessage])(status);
            throw new InvalidOperationException($"ONNX Runtime: {Marshal.PtrToStringUTF8(text)}");
        }
    }

    private static class Entry
    {
        public const int GetErrorMessage = 2;
        public const int CreateEnv = 3;
        public const int CreateSessionFromArray = 8;
        public const int Run = 9;
        public const int CreateSessionOptions = 10;
        public const int SetIntraOpNumThreads = 24;
        public const int SetInterOpNumThreads = 25;
        public const int CreateTensorWithDataAsOrtValue = 49;
        public const int CreateCpuMemoryInfo = 69;
        public const int ReleaseSession = 95;
        public const int ReleaseValue = 96;
    }

    /// <summary>One model, loaded.</summary>
    internal sealed class Session : IDisposable
    {
        /// <summary>ONNX's number for 32-bit floats.</summary>
        public const int Float = 1;

        /// <summary>ONNX's number for unsigned bytes.</summary>
        public const int UInt8 = 2;

        private readonly OnnxRuntimePeer peer;
        private readonly nint session;
        private readonly nint input;
        private readonly nint output;
        private readonly byte[] inputBytes;
        private readonly byte[] outputBytes;

        public Session(OnnxRuntimePeer peer, byte[] model, int type, long[] inputShape, long[] outputShape)
        {
            this.peer = peer;
            nint created;
            fixed (byte* bytes = model)
            {
                peer.Check(((delegate* unmanaged<nint, byte*, nint, nint, nint*, nint>)
                    peer.table[Entry.CreateSessionFromArray])(
                    peer.environment, bytes, model.Length, peer.options, &created));
            }
            session = created;
            (inputBytes, input) = Tensor(type, inputShape);
            (outputBytes, output) = Tensor(type, outputShape);
        }

        /// <summary>Bytes that the next run reads.</summary>
        public Span<byte> Input => inputBytes;

        /// <summary>Bytes that the last run wrote.</summary>
        public ReadOnlySpan<byte> Output => outputBytes;

        /// <summary>Runs the model once.</summary>
        public void Run()
        {
            nint from = input;
            nint to = output;
            fixed (byte* x = "x\0"u8, y = "y\0"u8)
            {
                peer.Check(((delegate* unmanaged<nint, nint, byte**, nint*, nint, byte**, nint, nint*, nint>)
                    peer.table[Entry.Run])(session, 0, &x, &from, 1, &y, 1, &to));
            }
        }

        public void Dispose()
        {
            ((delegate* unmanaged<nint, void>)peer.table[Entry.ReleaseValue])(input);
            ((delegate* unmanaged<nint, void>)peer.table[Entry.ReleaseValue])(output);
            ((delegate* unmanaged<nint, void>)peer.table[Entry.ReleaseSession])(session);
        }

        private (byte[] Bytes, nint Value) Tensor(int type, long[] shape)
        {
            long count = shape.Aggregate(1L, (product, size) => product * size) * (type == Float ? sizeof(float) : 1);
            byte[] bytes = GC.AllocateArray<byte>((int)count, pinned: true);
            nint value;
            fixed (long* sizes = shape)
            {
                peer.Check(((delegate* unmanaged<nint, void*, nint, long*, nint, int, nint*, nint>)
                    peer.table[Entry.CreateTensorWithDataAsOrtValue])(peer.memory,
                    (void*)Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0), (nint)count, sizes, shape.Length, type,
                    &value));
            }
            return (bytes, value);
        }
    }
}
